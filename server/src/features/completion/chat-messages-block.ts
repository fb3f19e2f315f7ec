import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { argumentsText } from './adapters/read-json.ts'
import { imageSource } from './adapters/images.ts'
import type { CallLedger } from './chat-messages-ledger.ts'
import type { ContentPart, ImageSource } from './request.ts'

/** Content with a `type`, as OpenAI, Anthropic, the AI SDK and OpenTelemetry write it. */
export function readBlock(block: JsonObject, at: string, ledger: CallLedger): ContentPart {
  switch (block['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
    case 'refusal':
      return readText(block, at)
    case 'image_url':
    case 'input_image':
    case 'image':
      return readImage(block, at)
    case 'thinking':
    case 'reasoning':
    case 'redacted_thinking':
      return readReasoning(block, at)
    case 'function':
    case 'tool_use':
    case 'tool_call':
    case 'tool-call':
      return readCall(block, at, ledger)
    case 'tool_result':
    case 'tool_call_response':
    case 'tool-result':
      return readResult(block, at, ledger)
    default:
      throw cannot(at, `of type ${JSON.stringify(block['type'])} cannot be sent again`)
  }
}

function cannot(at: string, why: string): DomainError {
  return new DomainError('invalid', `${at} ${why}`)
}

function readText(block: JsonObject, at: string): ContentPart {
  const text = block['text'] ?? block['content'] ?? block['refusal']
  if (typeof text !== 'string') throw cannot(at, 'has no text')
  return { type: 'text', text, ...signatureOf(block) }
}

/** Google's own place for a thought signature in OpenAI's form. */
function signatureOf({ extra_content: extra }: JsonObject): { signature?: string } {
  const google = isJsonObject(extra) ? extra['google'] : undefined
  const signature = isJsonObject(google) ? google['thought_signature'] : undefined
  return typeof signature === 'string' ? { signature } : {}
}

function readReasoning(block: JsonObject, at: string): ContentPart {
  const { data, signature } = block
  if (block['type'] === 'redacted_thinking') {
    if (typeof data !== 'string') throw cannot(at, 'has no data')
    return { type: 'reasoning', text: '', signature: data, isRedacted: true }
  }
  const text = block['thinking'] ?? block['text'] ?? block['content']
  if (typeof text !== 'string') throw cannot(at, 'has no text')
  return { type: 'reasoning', text, ...(typeof signature === 'string' ? { signature } : {}) }
}

function readImage(block: JsonObject, at: string): ContentPart {
  const holder = block['image_url'] ?? block['source'] ?? block['image']
  const fields = isJsonObject(holder) ? holder : { url: holder }
  const detail = fields['detail'] ?? block['detail']
  const image = readSource(fields, block)
  if (image === null) throw cannot(at, 'has no image that can be read')
  return { type: 'image', image, ...(typeof detail === 'string' ? { detail } : {}) }
}

function readSource(fields: JsonObject, block: JsonObject): ImageSource | null {
  const { url, data, media_type: mediaType = block['mediaType'] } = fields
  if (typeof data === 'string' && typeof mediaType === 'string') {
    return { kind: 'bytes', mediaType, base64: data }
  }
  if (typeof url !== 'string') return null
  if (/^(?:https?|data|gs):/i.test(url)) return imageSource({ kind: 'url', url })
  // The AI SDK puts bare base64 where a URL may stand.
  return typeof mediaType === 'string' ? { kind: 'bytes', mediaType, base64: url } : null
}

function readCall(block: JsonObject, at: string, ledger: CallLedger): ContentPart {
  const called = isJsonObject(block['function']) ? block['function'] : block
  const name = called['name'] ?? called['toolName']
  if (typeof name !== 'string') throw cannot(at, 'is a tool call without a name')
  const given = called['arguments'] ?? called['input'] ?? called['args']
  const id = ledger.call(block['id'] ?? block['toolCallId'], name)
  const text = argumentsText(given)
  return { type: 'tool-call', id, name, argumentsText: text, ...signatureOf(block) }
}

function readResult(block: JsonObject, at: string, ledger: CallLedger): ContentPart {
  const id = block['tool_use_id'] ?? block['toolCallId'] ?? block['id']
  const answered = ledger.answer(id, block['name'] ?? block['toolName'])
  if (answered === null) throw cannot(at, 'answers no tool call')
  const result = block['content'] ?? block['output'] ?? block['response'] ?? block['result']
  const isError = block['is_error'] === true || isErrorOutput(result) ? { isError: true } : {}
  return { type: 'tool-result', ...answered, text: resultText(result), ...isError }
}

/** The AI SDK says what kind of value a tool gave. */
function isErrorOutput(output: unknown): boolean {
  return (
    isJsonObject(output) && (output['type'] === 'error-text' || output['type'] === 'error-json')
  )
}

function resultText(result: unknown): string {
  if (result === undefined || result === null) return ''
  if (typeof result === 'string') return result
  if (isJsonObject(result) && 'value' in result && 'type' in result)
    return resultText(result['value'])
  const texts = Array.isArray(result) ? result.map(textOfBlock) : [null]
  return texts.every((text) => text !== null) ? texts.join('\n') : JSON.stringify(result)
}

function textOfBlock(block: unknown): string | null {
  return isJsonObject(block) && block['type'] === 'text' && typeof block['text'] === 'string'
    ? block['text']
    : null
}
