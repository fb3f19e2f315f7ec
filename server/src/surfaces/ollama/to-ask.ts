import type { Ask, JsonMap } from '../../features/completion/index.ts'
import { askFacts } from '../../platform/http/ask-facts.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { Form } from './encode-reply.ts'
import { readChat } from './read-chat.ts'
import { generateFieldOf, readGenerate } from './read-generate.ts'
import { fieldOf } from './read-settings.ts'

const wires = {
  chat: { wire: 'ollama-chat', read: readChat, fieldOf },
  generate: { wire: 'ollama-generate', read: readGenerate, fieldOf: generateFieldOf },
} as const

/** A request as what is asked of the core. Source: bodhi contract §1.15: it streams unless told not to. */
export function toAsk(form: Form, body: JsonMap, model: string, request: RequestFacts): Ask {
  return {
    ...wires[form],
    model,
    body: inOllamasWords(body),
    mode: body['stream'] === false ? 'whole' : 'stream',
    ...askFacts(request),
  }
}

/** The contract's own word for JSON, which an Ollama would refuse. */
function inOllamasWords(body: JsonMap): JsonMap {
  return body['format'] === 'json_object' ? { ...body, format: 'json' } : body
}
