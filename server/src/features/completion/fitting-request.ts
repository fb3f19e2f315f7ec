import type { Connection } from '../models/index.ts'
import type { CompletionRequest, JsonMap, Message } from './request.ts'

/** Servers that write JSON but follow no schema. */
const schemaless: ReadonlySet<string> = new Set(['deepseek', 'deepinfra'])

/**
 * The request with the form of the reply as a target can be held to it without refusing: Anthropic's
 * API takes few of the schemas that people write, others know JSON only. Those are told the schema
 * in words. Source: hypersigil contract §5.3, §5.7.
 */
export function fittingRequest(
  request: CompletionRequest,
  { kind, name }: Pick<Connection, 'kind' | 'name'>,
): CompletionRequest {
  const { responseFormat: format, ...options } = request.options
  const knowsJson = kind !== 'anthropic'
  const knowsSchemas = knowsJson && !(kind === 'openai-compatible' && schemaless.has(name))
  if (format === undefined || knowsSchemas) return request
  const messages =
    format.type === 'json-schema' ? told(request.messages, format.schema) : request.messages
  const kept = knowsJson ? ({ responseFormat: { type: 'json' } } as const) : {}
  return { ...request, messages, options: { ...options, ...kept } }
}

/** The prompt is the first word of the system, where there is one. */
function told(messages: readonly Message[], schema: JsonMap): readonly Message[] {
  const first = messages.findIndex(({ role }) => role === 'system')
  const at = first < 0 ? messages.findIndex(({ role }) => role === 'user') : first
  const part = { type: 'text', text: `\n\n${wordsFor(schema)}` } as const
  return messages.map((message, index) =>
    index === at ? { ...message, content: joined(message.content, part) } : message,
  )
}

/** One text stays one. */
function joined(
  content: Message['content'],
  part: { readonly type: 'text'; readonly text: string },
): Message['content'] {
  const [first, ...others] = content
  if (first?.type !== 'text') return [part, ...content]
  return [{ ...first, text: `${first.text}${part.text}` }, ...others]
}

function wordsFor(schema: JsonMap): string {
  return `Reply with JSON that conforms to this JSON Schema exactly:

${JSON.stringify(schema, null, 2)}

- Write nothing but the JSON: no prose, no Markdown fences.
- Where the schema lists values, write one of them.
- Write null for none of the properties listed.`
}
