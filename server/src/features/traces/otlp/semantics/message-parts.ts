import { isJsonObject, type JsonObject } from '../../../../platform/json.ts'
import { toJson } from './json.ts'

/** A tool call as OpenAI writes it; an id that nobody gave is left out. */
export interface ToolCall {
  readonly id?: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** What a part of a message is, whoever wrote it. */
export type Piece =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'call'; readonly call: ToolCall }
  | { readonly is: 'result'; readonly id: string | undefined; readonly content: string }
  | { readonly is: 'image'; readonly url: string }
  | { readonly is: 'thought' }
  /** Kept as it came. */
  | { readonly is: 'other'; readonly part: unknown }

/**
 * A part in any of the forms in use: OTel's (`text` with `content`, `tool_call`, `blob`, `uri`),
 * OpenAI's, the AI SDK's (`tool-call`), Anthropic's (`tool_use`), and those without a type, which
 * are known by their members (Bedrock's `toolUse`, Gemini's `functionCall`).
 */
export function toPiece(raw: unknown): Piece {
  const part = unwrapPart(raw)
  if (typeof part === 'string') return { is: 'text', text: part }
  if (!isJsonObject(part)) return { is: 'other', part }
  const { type } = part
  const read = typeof type === 'string' && Object.hasOwn(partReaders, type) && partReaders[type]
  return (read ? read(part) : readUntyped(part)) ?? { is: 'other', part }
}

/** OpenInference puts each part under `message_content`. */
function unwrapPart(raw: unknown): unknown {
  return isJsonObject(raw) && isJsonObject(raw['message_content']) ? raw['message_content'] : raw
}

type PartReader = (part: JsonObject) => Piece | undefined

const partReaders: Readonly<Record<string, PartReader>> = {
  text: readText,
  input_text: readText,
  output_text: readText,
  refusal: (part) => readText({ content: part['content'] ?? part['refusal'] }),
  reasoning: () => ({ is: 'thought' }),
  thinking: () => ({ is: 'thought' }),
  redacted_thinking: () => ({ is: 'thought' }),
  'redacted-reasoning': () => ({ is: 'thought' }),
  tool_call: readCall,
  'tool-call': readCall,
  tool_use: readCall,
  function_call: readCall,
  function: readCall,
  tool_call_response: readResult,
  'tool-result': readResult,
  tool_result: readResult,
  function_call_output: readResult,
  image_url: readImage,
  input_image: readImage,
  image: readImage,
  uri: readImage,
  blob: readImage,
  file: readImage,
}

function readUntyped(part: JsonObject): Piece | undefined {
  if (isJsonObject(part['toolUse'])) return readCall(part['toolUse'])
  if (isJsonObject(part['functionCall'])) return readCall(part['functionCall'])
  if (isJsonObject(part['toolResult'])) return readResult(part['toolResult'])
  if (isJsonObject(part['functionResponse'])) return readResult(part['functionResponse'])
  return part['type'] === undefined ? readText(part) : undefined
}

function readText(part: JsonObject): Piece | undefined {
  const text = part['text'] ?? part['content']
  return typeof text === 'string' ? { is: 'text', text } : undefined
}

function readCall(part: JsonObject): Piece | undefined {
  const call = toToolCall(part)
  return call && { is: 'call', call }
}

/** A tool call in any of the forms in use; undefined for what names no tool. */
export function toToolCall(raw: unknown): ToolCall | undefined {
  if (!isJsonObject(raw)) return undefined
  const call = isJsonObject(raw['tool_call']) ? raw['tool_call'] : raw
  const inner = isJsonObject(call['function']) ? call['function'] : call
  const name = firstString(inner['name'], call['toolName'], call['tool_name'])
  if (name === undefined) return undefined
  const id = firstString(call['id'], call['call_id'], call['toolCallId'], call['toolUseId'])
  const values = inner['arguments'] ?? inner['input'] ?? inner['args']
  return {
    ...(id === undefined ? {} : { id }),
    type: 'function',
    function: { name, arguments: textOrJson(values) },
  }
}

function readResult(part: JsonObject): Piece {
  const id = firstString(
    part['id'],
    part['tool_call_id'],
    part['toolCallId'],
    part['tool_use_id'],
    part['toolUseId'],
    part['call_id'],
  )
  const content = part['response'] ?? part['result'] ?? part['output'] ?? part['content']
  return { is: 'result', id, content: textOrJson(unwrapOutput(content)) }
}

/** The AI SDK wraps a result as `{ type, value }`; others as a list of text parts. */
function unwrapOutput(output: unknown): unknown {
  if (isJsonObject(output) && typeof output['type'] === 'string' && 'value' in output) {
    return output['value']
  }
  if (!Array.isArray(output) || output.length === 0) return output
  const texts = output.map((part: unknown) => (isJsonObject(part) ? part['text'] : undefined))
  return texts.every((text) => typeof text === 'string') ? texts.join('') : output
}

function readImage(part: JsonObject): Piece | undefined {
  const url = imageUrlOf(part)
  return url === undefined ? undefined : { is: 'image', url }
}

function imageUrlOf(part: JsonObject): string | undefined {
  const { image_url: imageUrl, image, source } = part
  const inner = isJsonObject(image) && isJsonObject(image['image']) ? image['image'] : image
  const link = firstString(
    imageUrl,
    memberOf(imageUrl, 'url'),
    memberOf(inner, 'url'),
    part['uri'],
    memberOf(source, 'url'),
  )
  if (link !== undefined) return isImage(part) ? link : undefined
  const data = firstString(part['content'], part['data'], image, memberOf(source, 'data'))
  if (data === undefined || !isImage(part)) return undefined
  if (/^(?:data:|https?:)/.test(data)) return data
  const type = mediaTypeOf(part) ?? 'image/png'
  return `data:${type};base64,${data}`
}

/** Sound, video and documents have no form in a plain message: they are kept as they came. */
function isImage(part: JsonObject): boolean {
  const type = mediaTypeOf(part)
  if (type !== undefined) return type.startsWith('image/')
  return part['type'] !== 'file' && (part['modality'] ?? 'image') === 'image'
}

function mediaTypeOf(part: JsonObject): string | undefined {
  return firstString(
    part['mime_type'],
    part['mediaType'],
    part['mimeType'],
    memberOf(part['source'], 'media_type'),
  )
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined
}

function firstString(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string' && value !== '') as string | undefined
}

function textOrJson(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : (toJson(value) ?? '')
}
