import type { ContentPart, JsonMap, Message, MessageRole } from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { Fields, unfit } from './fields.ts'
import type { ReadMessages } from './read-messages.ts'
import { openThinking } from './responses-thinking.ts'

/** What earlier responses left behind: the conversation that is gone on with, and single items. */
export interface Past {
  readonly conversation: readonly Message[]
  /** Items of stored responses by their ids, for those that the input only names. */
  readonly items: ReadonlyMap<string, JsonMap>
}

interface Reading {
  readonly turns: Turn[]
  readonly nativeOnly: string[]
  readonly past: Past
}

interface Turn {
  readonly role: MessageRole
  readonly content: ContentPart[]
}

const roles = new Map<string, MessageRole>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
])

const itemFields: Readonly<Record<string, ReadonlySet<string>>> = {
  message: new Set(['type', 'id', 'status', 'role', 'content', 'phase']),
  function_call: new Set([
    'type',
    'id',
    'status',
    'call_id',
    'name',
    'arguments',
    'extra_content',
    'parsed_arguments',
  ]),
  function_call_output: new Set(['type', 'id', 'status', 'call_id', 'output', 'name']),
  reasoning: new Set(['type', 'id', 'status', 'summary', 'content', 'encrypted_content']),
  item_reference: new Set(['type', 'id']),
}

/** What clients hand back beside what a part says; `parsed` is a client library's own. */
const partFields = new Set([
  'type',
  'text',
  'refusal',
  'image_url',
  'detail',
  'annotations',
  'logprobs',
  'parsed',
  'prompt_cache_breakpoint',
])

/**
 * The conversation that a request for a response goes on with: what was said before, then its
 * input. Source: OpenAI's API reference, responses.
 */
export function readInput(body: Fields, past: Past): ReadMessages {
  const turns = past.conversation.map(({ role, content }) => ({ role, content: [...content] }))
  const reading: Reading = { turns, nativeOnly: [], past }
  const input = body.given('input')
  if (typeof input === 'string') say(reading, 'user', [{ type: 'text', text: input }])
  else for (const item of body.each('input')) readItem(item, reading)
  if (turns.length + reading.nativeOnly.length === 0) {
    throw unfit('input', 'a string or a list with at least one item')
  }
  return { messages: turns, nativeOnly: reading.nativeOnly }
}

/** The ids of items that an input only names, with their places. */
export function referencesIn(
  map: JsonMap,
): readonly { readonly id: string; readonly at: string }[] {
  const body = new Fields(map)
  if (typeof body.given('input') === 'string') return []
  const named = body.each('input').filter((item) => typeOf(item) === 'item_reference')
  return named.map((item) => ({ id: item.requiredText('id'), at: item.at }))
}

function typeOf(item: Fields): string {
  const type = item.text('type')
  if (type !== undefined) return type
  return item.given('role') === undefined ? 'item_reference' : 'message'
}

function readItem(item: Fields, reading: Reading): void {
  const type = typeOf(item)
  const known = itemFields[type]
  if (known) reading.nativeOnly.push(...item.others(known))
  switch (type) {
    case 'message':
      return readMessage(item, reading)
    case 'function_call':
      return say(reading, 'assistant', [readCall(item)])
    case 'function_call_output':
      return readResult(item, reading)
    case 'reasoning':
      return say(reading, 'assistant', readThinking(item))
    case 'item_reference':
      return readItem(findItem(item, reading), reading)
    default:
      reading.nativeOnly.push(item.at)
  }
}

/**
 * What one side says in a row. Thinking, text and calls of the assistant make one message, as a
 * provider said them; two texts stay two, unless calls whose results follow would be cut off.
 */
function say({ turns }: Reading, role: MessageRole, content: readonly ContentPart[]): void {
  if (role === 'assistant' && content.length === 0) return
  const last = turns.at(-1)
  const goesOn =
    role === 'assistant' &&
    last?.role === 'assistant' &&
    (last.content.at(-1)?.type !== 'text' ||
      content[0]?.type !== 'text' ||
      last.content.some(({ type }) => type === 'tool-call'))
  if (goesOn) last.content.push(...content)
  else turns.push({ role, content: [...content] })
}

function readMessage(item: Fields, reading: Reading): void {
  const word = item.requiredText('role')
  const role = roles.get(word)
  if (role === undefined) throw unfit(item.place('role'), `one of ${[...roles.keys()].join(', ')}`)
  const content = item.given('content')
  if (typeof content === 'string') return say(reading, role, [{ type: 'text', text: content }])
  if (content === undefined) throw unfit(item.place('content'), 'a string or a list')
  say(reading, role, readParts(item, 'content', role === 'user' ? 'all' : 'text', reading))
}

function readParts(
  item: Fields,
  name: string,
  holds: 'all' | 'text',
  { nativeOnly }: Reading,
): readonly ContentPart[] {
  return item.each(name).flatMap((part) => {
    const read = readPart(part, holds)
    if (read === undefined) nativeOnly.push(part.at)
    else nativeOnly.push(...part.others(partFields))
    return read === undefined ? [] : [read]
  })
}

/** Undefined for what only OpenAI's dialect can say there: files, an image of a system. */
function readPart(part: Fields, holds: 'all' | 'text'): ContentPart | undefined {
  switch (part.requiredText('type')) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: part.requiredText('text') }
    case 'refusal':
      return { type: 'text', text: part.requiredText('refusal') }
    case 'input_image':
      return holds === 'all' && part.given('file_id') === undefined ? readImage(part) : undefined
    default:
      return undefined
  }
}

function readImage(part: Fields): ContentPart {
  const detail = part.text('detail')
  const image = { kind: 'url', url: part.requiredText('image_url') } as const
  return { type: 'image', image, ...(detail === undefined ? {} : { detail }) }
}

function readCall(item: Fields): ContentPart {
  const signature = item.fields('extra_content')?.fields('google')?.text('thought_signature')
  return {
    type: 'tool-call',
    id: item.requiredText('call_id'),
    name: item.requiredText('name'),
    argumentsText: item.requiredText('arguments'),
    ...(signature === undefined ? {} : { signature }),
  }
}

function readResult(item: Fields, reading: Reading): void {
  const id = item.requiredText('call_id')
  const calls = reading.turns.flatMap(({ content }) => content).filter(isCall)
  if (calls.every((call) => call.id !== id)) {
    const message = `No tool call found for function call output with call_id ${id}.`
    throw new DomainError('invalid', message, { details: { param: item.place('call_id') } })
  }
  const output = item.given('output')
  const parts = typeof output === 'string' ? [] : readParts(item, 'output', 'text', reading)
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const text = typeof output === 'string' ? output : texts.join('\n')
  say(reading, 'tool', [{ type: 'tool-result', id, text }])
}

function isCall(part: ContentPart): part is Extract<ContentPart, { type: 'tool-call' }> {
  return part.type === 'tool-call'
}

/** An item without text or seal says nothing. */
function readThinking(item: Fields): readonly ContentPart[] {
  const summary = item.each('summary').map((part) => part.requiredText('text'))
  const content = item.each('content').map((part) => part.requiredText('text'))
  const text = (summary.length > 0 ? summary : content).join('\n\n')
  const sealed = item.text('encrypted_content') ?? ''
  const thinking = sealed === '' ? {} : openThinking(sealed)
  if (thinking === null) {
    const message = 'Thinking that another server has encrypted cannot be sent on'
    const param = item.place('encrypted_content')
    throw new DomainError('invalid', message, {
      details: { reason: 'unsupported_parameter', param },
    })
  }
  return text === '' && sealed === '' ? [] : [{ type: 'reasoning', text, ...thinking }]
}

function findItem(item: Fields, { past }: Reading): Fields {
  const id = item.requiredText('id')
  const found = past.items.get(id)
  if (found !== undefined) return new Fields(found, item.at)
  const message = `Item with id '${id}' not found.`
  throw new DomainError('invalid', message, { details: { param: item.place('id') } })
}
