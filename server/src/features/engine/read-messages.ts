import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { badField, type EngineFault } from './engine-fault.ts'

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

/**
 * The messages of a chat in the form that templates know: `developer` is `system`, content is a
 * text or a list of texts. Everything else is kept, since templates differ in what they read.
 * Throws EngineFault for what a template cannot show, images among it.
 */
export function readMessages(messages: readonly unknown[]): readonly JsonObject[] {
  return messages.map((message, at) => readMessage(message, `messages[${at}]`))
}

function readMessage(message: unknown, path: string): JsonObject {
  if (!isJsonObject(message)) throw wrongType(path, 'an object')
  const { role, content } = message
  if (typeof role !== 'string') throw wrongType(`${path}.role`, 'a text')
  if (!roles.has(role)) throw badField(`${path}.role`, `${path}.role: ${role} is no known role`)
  checkCalls(message['tool_calls'], `${path}.tool_calls`)
  const mayBeEmpty = role === 'assistant'
  return {
    ...message,
    role: role === 'developer' ? 'system' : role,
    content: readContent(content, `${path}.content`, mayBeEmpty),
  }
}

function readContent(content: unknown, path: string, mayBeEmpty: boolean): unknown {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map((part, at) => readPart(part, `${path}[${at}]`))
  if (mayBeEmpty && (content === null || content === undefined)) return ''
  throw wrongType(path, 'a text or a list of parts')
}

function readPart(part: unknown, path: string): JsonObject {
  if (!isJsonObject(part)) throw wrongType(path, 'an object')
  const text = part['type'] === 'refusal' ? part['refusal'] : part['text']
  if (part['type'] !== 'text' && part['type'] !== 'refusal') {
    const message = `${path}: this model reads text only, not ${String(part['type'])}`
    throw badField(`${path}.type`, message, 'unsupported_content')
  }
  if (typeof text !== 'string') throw wrongType(`${path}.text`, 'a text')
  return { type: 'text', text }
}

function checkCalls(calls: unknown, path: string): void {
  if (calls === null || calls === undefined) return
  if (!Array.isArray(calls)) throw wrongType(path, 'a list')
  for (const [at, call] of calls.entries()) {
    const called: unknown = isJsonObject(call) ? call['function'] : undefined
    if (!isJsonObject(called)) throw wrongType(`${path}[${at}].function`, 'an object')
    if (typeof called['name'] !== 'string')
      throw wrongType(`${path}[${at}].function.name`, 'a text')
  }
}

function wrongType(param: string, expected: string): EngineFault {
  return badField(param, `${param}: expected ${expected}`, 'invalid_type')
}
