import type { ContentPart, Message, MessageRole } from '../../features/completion/index.ts'
import { unfit, type Fields } from './fields.ts'

/** Messages as the core understands them, and the places of what only OpenAI's dialect has. */
export interface ReadMessages {
  readonly messages: readonly Message[]
  readonly nativeOnly: readonly string[]
}

const roles = new Map<string, MessageRole>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
])

/** What a message of each role may say beside its content. `annotations` come with replies only. */
const knownOf: Readonly<Record<MessageRole, ReadonlySet<string>>> = {
  system: new Set(['role', 'content']),
  user: new Set(['role', 'content']),
  assistant: new Set([
    'role',
    'content',
    'refusal',
    'annotations',
    'reasoning_content',
    'reasoning',
    'tool_calls',
    'function_call',
  ]),
  tool: new Set(['role', 'content', 'tool_call_id', 'name']),
}

const callFields = new Set(['id', 'type', 'index', 'function', 'extra_content'])

/** The conversation of a chat request. Source: OpenAI's API reference, chat completions. */
export function readMessages(body: Fields): ReadMessages {
  if (body.list('messages') === undefined) throw unfit('messages', 'a list of messages')
  const list = body.each('messages')
  if (list.length === 0) throw unfit('messages', 'a list with at least one message')
  const nativeOnly: string[] = []
  const legacy: LegacyCalls = { count: 0, open: [] }
  const messages = list.map((message) => readMessage(message, nativeOnly, legacy))
  return { messages, nativeOnly }
}

/** Calls of the older form have no ids: a result answers the latest open call of its name. */
interface LegacyCalls {
  count: number
  readonly open: { readonly id: string; readonly name: string }[]
}

function readMessage(message: Fields, nativeOnly: string[], legacy: LegacyCalls): Message {
  const word = message.requiredText('role')
  const role = roles.get(word)
  if (role === undefined) {
    const known = [...roles.keys()].join(', ')
    throw unfit(message.place('role'), `one of ${known}, not ${JSON.stringify(word).slice(0, 80)}`)
  }
  nativeOnly.push(...message.others(knownOf[role]))
  const content = readContent(message, role, nativeOnly)
  switch (role) {
    case 'system':
    case 'user':
      return { role, content }
    case 'assistant':
      return {
        role,
        content: [...readThinking(message), ...content, ...spoken(message, nativeOnly, legacy)],
      }
    case 'tool': {
      const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
      return { role, content: [{ type: 'tool-result', ...answered(message, word, legacy), text }] }
    }
  }
}

function readContent(
  message: Fields,
  role: MessageRole,
  nativeOnly: string[],
): readonly ContentPart[] {
  const content = message.given('content')
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (content === undefined) {
    if (role === 'assistant' || role === 'tool') return []
    throw unfit(message.place('content'), 'a string or a list of content parts')
  }
  if (!Array.isArray(content)) {
    throw unfit(message.place('content'), 'a string or a list of content parts')
  }
  return message.each('content').flatMap((part) => {
    const read = readPart(part, role)
    if (read === undefined) nativeOnly.push(part.at)
    else nativeOnly.push(...part.others(partFields))
    return read === undefined ? [] : [read]
  })
}

const partFields = new Set(['type', 'text', 'refusal', 'image_url'])

/** Undefined for what only OpenAI's dialect can say there: sound, files, an image of a system. */
function readPart(part: Fields, role: MessageRole): ContentPart | undefined {
  switch (part.requiredText('type')) {
    case 'text':
      return { type: 'text', text: part.requiredText('text') }
    case 'refusal':
      return { type: 'text', text: part.requiredText('refusal') }
    case 'image_url':
      return role === 'user' ? readImage(part) : undefined
    default:
      return undefined
  }
}

function readImage(part: Fields): ContentPart {
  const given = part.given('image_url')
  // Some clients leave out the object around the address.
  if (typeof given === 'string') return { type: 'image', image: { kind: 'url', url: given } }
  const image = part.requiredFields('image_url')
  const url = image.requiredText('url')
  const detail = image.text('detail')
  return {
    type: 'image',
    image: { kind: 'url', url },
    ...(detail === undefined ? {} : { detail }),
  }
}

/** Thinking as compatible servers tell it, which want it back with the calls that came of it. */
function readThinking(message: Fields): readonly ContentPart[] {
  const text = message.text('reasoning_content') ?? message.text('reasoning') ?? ''
  return text === '' ? [] : [{ type: 'reasoning', text }]
}

function spoken(
  message: Fields,
  nativeOnly: string[],
  legacy: LegacyCalls,
): readonly ContentPart[] {
  const refusal = message.text('refusal') ?? ''
  const called = message.fields('function_call')
  return [
    ...(refusal === '' ? [] : [{ type: 'text', text: refusal } as const]),
    ...message.each('tool_calls').flatMap((call) => readCall(call, nativeOnly)),
    ...(called === undefined ? [] : [legacyCall(called, legacy)]),
  ]
}

function readCall(call: Fields, nativeOnly: string[]): readonly ContentPart[] {
  if ((call.text('type') ?? 'function') !== 'function') {
    nativeOnly.push(call.at)
    return []
  }
  nativeOnly.push(...call.others(callFields))
  const called = call.requiredFields('function')
  const id = call.requiredText('id')
  const signature = call.fields('extra_content')?.fields('google')?.text('thought_signature')
  return [
    {
      type: 'tool-call',
      id,
      name: called.requiredText('name'),
      argumentsText: called.requiredText('arguments'),
      ...(signature === undefined ? {} : { signature }),
    },
  ]
}

function legacyCall(called: Fields, legacy: LegacyCalls): ContentPart {
  const name = called.requiredText('name')
  const id = `call_${legacy.count}`
  legacy.count += 1
  legacy.open.push({ id, name })
  return { type: 'tool-call', id, name, argumentsText: called.requiredText('arguments') }
}

function answered(
  message: Fields,
  role: string,
  { open }: LegacyCalls,
): { readonly id: string; readonly name?: string } {
  if (role === 'tool') {
    const name = message.text('name')
    const id = message.requiredText('tool_call_id')
    return name === undefined ? { id } : { id, name }
  }
  const name = message.requiredText('name')
  const at = open.findLastIndex((call) => call.name === name)
  const [call] = at < 0 ? [] : open.splice(at, 1)
  if (call === undefined)
    throw unfit(message.place('name'), 'the name of a function that was called')
  return { id: call.id, name }
}
