import type { ContentPart, Message } from '../../features/completion/index.ts'
import type { JsonObject } from '../../platform/json.ts'
import { listOf, noteOthers, objectOf, optional, textOf, unfit, type Reading } from './reading.ts'

/** What a block stands for; a block that only Anthropic understands stands for nothing. */
type ReadBlock = (reading: Reading, block: JsonObject, at: string) => readonly ContentPart[]

type Role = 'system' | 'user' | 'assistant'

/** `system` and `messages`, in their order. Blocks of other kinds are noted by their place. */
export function fromMessages(reading: Reading, system: unknown, messages: unknown): Message[] {
  const first = contentOf(reading, system ?? '', { role: 'system', at: 'system' })
  const isSaid = first.some((part) => part.type !== 'text' || part.text !== '')
  return [
    ...(isSaid ? [{ role: 'system' as const, content: first }] : []),
    ...listOf(messages, 'messages').flatMap((message, index) =>
      fromMessage(reading, message, `messages[${index}]`),
    ),
  ]
}

function fromMessage(reading: Reading, given: unknown, at: string): readonly Message[] {
  const message = objectOf(given, at)
  const role = roleOf(message['role'], `${at}.role`)
  noteOthers(reading, message, { known: messageKeys, at })
  const content = contentOf(reading, message['content'], { role, at: `${at}.content` })
  return role === 'user' ? withResultsFirst(content) : [{ role, content }]
}

const messageKeys: ReadonlySet<string> = new Set(['role', 'content'])

function roleOf(value: unknown, at: string): Role {
  if (value === 'user' || value === 'assistant' || value === 'system') return value
  throw unfit(at, 'must be user, assistant or system')
}

/**
 * Results of tools stand in a message of their own before what the user says; images that a tool
 * gave follow the results, because most dialects let a result hold text only.
 */
function withResultsFirst(content: readonly ContentPart[]): readonly Message[] {
  const results = content.filter(({ type }) => type === 'tool-result')
  if (results.length === 0) return [{ role: 'user', content }]
  const rest = content.filter(({ type }) => type !== 'tool-result')
  const answered: Message = { role: 'tool', content: results }
  return rest.length === 0 ? [answered] : [answered, { role: 'user', content: rest }]
}

interface Holder {
  readonly role: Role
  readonly at: string
}

function contentOf(reading: Reading, content: unknown, { role, at }: Holder): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw unfit(at, 'must be a string or a list of content blocks')
  return content.flatMap((given: unknown, index) => {
    const place = `${at}[${index}]`
    const block = objectOf(given, place)
    const read = readers[role].get(textOf(block['type'], `${place}.type`))
    if (read) return read(reading, block, place)
    reading.nativeOnly.push(place)
    return []
  })
}

const cacheControl = 'cache_control'
const textKeys: ReadonlySet<string> = new Set(['type', 'text', cacheControl])
const imageKeys: ReadonlySet<string> = new Set(['type', 'source', cacheControl])
const thinkingKeys: ReadonlySet<string> = new Set(['type', 'thinking', 'signature', cacheControl])
const redactedKeys: ReadonlySet<string> = new Set(['type', 'data', cacheControl])
const callKeys: ReadonlySet<string> = new Set([
  'type',
  'id',
  'name',
  'input',
  'caller',
  cacheControl,
])
const resultKeys: ReadonlySet<string> = new Set([
  'type',
  'tool_use_id',
  'content',
  'is_error',
  cacheControl,
])

const readText: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: textKeys, at })
  return [{ type: 'text', text: textOf(block['text'], `${at}.text`) }]
}

const readImage: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: imageKeys, at })
  const place = `${at}.source`
  const source = objectOf(block['source'], place)
  switch (source['type']) {
    case 'base64': {
      const mediaType = textOf(source['media_type'], `${place}.media_type`)
      const base64 = textOf(source['data'], `${place}.data`)
      return [{ type: 'image', image: { kind: 'bytes', mediaType, base64 } }]
    }
    case 'url':
      return [{ type: 'image', image: { kind: 'url', url: textOf(source['url'], `${place}.url`) } }]
    default:
      reading.nativeOnly.push(place)
      return []
  }
}

/** An empty signature is ours, for thinking of a provider that signs nothing. */
const readThinking: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: thinkingKeys, at })
  const text = textOf(block['thinking'], `${at}.thinking`)
  const signature = optional(block['signature'], `${at}.signature`, textOf)
  return [{ type: 'reasoning', text, ...(signature ? { signature } : {}) }]
}

const readRedacted: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: redactedKeys, at })
  const signature = textOf(block['data'], `${at}.data`)
  return [{ type: 'reasoning', text: '', signature, isRedacted: true }]
}

const readCall: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: callKeys, at })
  noteCaller(reading, block['caller'], `${at}.caller`)
  const id = textOf(block['id'], `${at}.id`)
  const name = textOf(block['name'], `${at}.name`)
  const input = optional(block['input'], `${at}.input`, objectOf) ?? {}
  return [{ type: 'tool-call', id, name, argumentsText: JSON.stringify(input) }]
}

/** Who else than the model itself called a tool is another program of Anthropic's. */
function noteCaller({ nativeOnly }: Reading, caller: unknown, at: string): void {
  const type = optional(caller, at, objectOf)?.['type']
  if (type !== undefined && type !== 'direct') nativeOnly.push(at)
}

const readResult: ReadBlock = (reading, block, at) => {
  noteOthers(reading, block, { known: resultKeys, at })
  const id = textOf(block['tool_use_id'], `${at}.tool_use_id`)
  const isError = block['is_error'] === true
  const said = contentOf(reading, block['content'] ?? '', { role: 'user', at: `${at}.content` })
  const text = said.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  const images = said.filter(({ type }) => type === 'image')
  return [{ type: 'tool-result', id, text, ...(isError ? { isError } : {}) }, ...images]
}

const readers: Readonly<Record<Role, ReadonlyMap<string, ReadBlock>>> = {
  system: new Map([['text', readText]]),
  user: new Map([
    ['text', readText],
    ['image', readImage],
    ['tool_result', readResult],
  ]),
  assistant: new Map([
    ['text', readText],
    ['thinking', readThinking],
    ['redacted_thinking', readRedacted],
    ['tool_use', readCall],
  ]),
}
