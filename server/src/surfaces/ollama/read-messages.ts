import {
  isJsonMap,
  type ContentPart,
  type JsonMap,
  type JsonValue,
  type Message,
  type MessageRole,
} from '../../features/completion/index.ts'
import { listAt, mapAt, othersIn, textAt, unfit } from './fields.ts'
import { readImages } from './read-images.ts'

/** Messages as the core understands them, and the places of what only an Ollama does. */
export interface ReadMessages {
  readonly messages: readonly Message[]
  readonly nativeOnly: readonly string[]
}

const known = new Set([
  'role',
  'content',
  'thinking',
  'images',
  'tool_calls',
  'tool_name',
  'tool_call_id',
  'name',
])
const callFields = new Set(['id', 'type', 'function'])
const functionFields = new Set(['index', 'name', 'description', 'arguments'])

/** Source: Ollama's API reference, chat; bodhi contract §1.15. */
export function readMessages(body: JsonMap): ReadMessages {
  const reader = new MessageReader()
  const messages = listAt(body['messages'], 'messages').map((message, index) => {
    const place = `messages[${index}]`
    if (!isJsonMap(message)) throw unfit(place, 'an object')
    return reader.read(message, place)
  })
  return { messages, nativeOnly: reader.nativeOnly }
}

/** The contract's rule: whoever is neither system, assistant nor tool is a user. */
function roleOf(role: string): MessageRole {
  const word = role.toLowerCase()
  if (word === 'developer') return 'system'
  return word === 'system' || word === 'assistant' || word === 'tool' ? word : 'user'
}

/**
 * Reads one message after the other. Calls need no id in this dialect, so those without get one, and
 * a result belongs to the call it names, else to the first of its tool's name that is open, else to
 * the first.
 */
class MessageReader {
  readonly nativeOnly: string[] = []
  readonly #open: { readonly id: string; readonly name: string }[] = []
  #callCount = 0

  read(message: JsonMap, at: string): Message {
    this.nativeOnly.push(...othersIn(message, known, `${at}.`))
    const role = roleOf(textAt(message['role'], `${at}.role`) ?? 'user')
    const text = textAt(message['content'], `${at}.content`) ?? ''
    const images = this.#images(message, role, at)
    if (role === 'tool') return { role, content: [this.#result(message, text, at)] }
    const said: ContentPart[] = text === '' ? [] : [{ type: 'text', text }]
    if (role !== 'assistant') return { role, content: [...said, ...images] }
    const thought = textAt(message['thinking'], `${at}.thinking`) ?? ''
    const thoughts: ContentPart[] = thought === '' ? [] : [{ type: 'reasoning', text: thought }]
    return { role, content: [...thoughts, ...said, ...this.#calls(message, at)] }
  }

  #images(message: JsonMap, role: MessageRole, at: string): readonly ContentPart[] {
    const { images, nativeOnly } = readImages(message['images'], `${at}.images`)
    this.nativeOnly.push(...nativeOnly)
    if (role !== 'user' && images.length > 0) this.nativeOnly.push(`${at}.images`)
    return role === 'user' ? images : []
  }

  #calls(message: JsonMap, at: string): readonly ContentPart[] {
    return listAt(message['tool_calls'], `${at}.tool_calls`).map((value, index) => {
      const place = `${at}.tool_calls[${index}]`
      const call = mapAt(value, place)
      const called = mapAt(call['function'], `${place}.function`)
      const name = textAt(called['name'], `${place}.function.name`)
      if (name === undefined) throw unfit(`${place}.function.name`, 'a string')
      this.nativeOnly.push(...othersIn(call, callFields, `${place}.`))
      this.nativeOnly.push(...othersIn(called, functionFields, `${place}.function.`))
      const id = textAt(call['id'], `${place}.id`) || this.#newId()
      this.#open.push({ id, name })
      return { type: 'tool-call', id, name, argumentsText: argumentsText(called['arguments']) }
    })
  }

  #result(message: JsonMap, text: string, at: string): ContentPart {
    const name = textAt(message['tool_name'] ?? message['name'], `${at}.tool_name`)
    const id = textAt(message['tool_call_id'], `${at}.tool_call_id`) || this.#answered(name)
    const found = this.#open.findIndex((call) => call.id === id)
    const [call] = found < 0 ? [] : this.#open.splice(found, 1)
    // An Ollama shows the model any text; elsewhere a result without its call is refused.
    if (id === undefined) this.nativeOnly.push(at)
    const tool = name ?? call?.name
    const named = tool === undefined ? {} : { name: tool }
    return { type: 'tool-result', id: id ?? this.#newId(), ...named, text }
  }

  #answered(name: string | undefined): string | undefined {
    const [first] = this.#open
    return (this.#open.find((call) => call.name === name) ?? first)?.id
  }

  #newId(): string {
    const id = `call_${this.#callCount}`
    this.#callCount += 1
    return id
  }
}

function argumentsText(given: JsonValue | undefined): string {
  return typeof given === 'string' ? given : JSON.stringify(given ?? {})
}
