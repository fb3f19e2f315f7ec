import type { FakeDialect, FakeRequest, FullReply, Refusal } from './behaviour.ts'
import { checkOllamaEmbeddings, isOllamaEmbeddings, ollamaEmbeddings } from './embeddings.ts'
import { fieldsOf, isFilled, listOf, textOf } from './fields.ts'

/** The native /api/chat and /api/embed. A chat streams unless told not to, and wants no key. */
export const ollama: FakeDialect = {
  baseUrl: (origin) => origin,
  check,
  modelOf: ({ body }) => textOf(body['model']),
  isStreaming: (request) => !isOllamaEmbeddings(request) && request.body['stream'] !== false,
  whole,
  stream,
  streamType: () => 'application/x-ndjson',
  error,
  errorEvent: (refusal) => line(error(refusal)),
}

function check(request: FakeRequest): Refusal | null {
  const { method, path, text, body } = request
  const isEmbeddings = isOllamaEmbeddings(request)
  if (!isEmbeddings && path !== '/api/chat') return { status: 404, message: '404 page not found' }
  if (method !== 'POST') return { status: 405, message: '405 method not allowed' }
  if (!text.startsWith('{')) return invalid('missing request body')
  if (!isFilled(body['model'])) return invalid('model is required')
  if (isEmbeddings) return checkOllamaEmbeddings(request)
  return checkMessages(listOf(body['messages']))
}

function checkMessages(messages: readonly unknown[]): Refusal | null {
  for (const message of messages) {
    const { content = '', tool_calls: calls } = fieldsOf(message)
    if (typeof content !== 'string') {
      return invalid('json: cannot unmarshal Message.messages.content of type string')
    }
    const isText = listOf(calls).some(
      (call) => typeof fieldsOf(fieldsOf(call)['function'])['arguments'] !== 'object',
    )
    if (isText) return invalid('json: cannot unmarshal tool_calls.function.arguments')
  }
  return null
}

function invalid(message: string): Refusal {
  return { status: 400, message }
}

function whole(request: FakeRequest, reply: FullReply): Record<string, unknown> {
  if (isOllamaEmbeddings(request)) return ollamaEmbeddings(request, reply)
  const message = {
    role: 'assistant',
    content: reply.text.join(''),
    ...(reply.reasoning === '' ? {} : { thinking: reply.reasoning }),
    ...(reply.toolCalls.length > 0 ? { tool_calls: reply.toolCalls.map(toolCall) } : {}),
  }
  return { ...head(reply), message, ...ending(reply) }
}

function stream(_: FakeRequest, reply: FullReply): readonly string[] {
  const says = (fields: object) =>
    line({ ...head(reply), message: { role: 'assistant', content: '', ...fields }, done: false })
  return [
    ...(reply.reasoning === '' ? [] : [says({ thinking: reply.reasoning })]),
    ...reply.text.map((content) => says({ content })),
    // A call comes whole, never piece by piece.
    ...reply.toolCalls.map((call, index) => says({ tool_calls: [toolCall(call, index)] })),
    line({ ...head(reply), message: { role: 'assistant', content: '' }, ...ending(reply) }),
  ]
}

function head({ model }: FullReply): Record<string, unknown> {
  return { model, created_at: '2025-06-15T15:06:40.000000Z' }
}

function toolCall(
  { id, name, arguments: values }: FullReply['toolCalls'][number],
  index: number,
): object {
  return { id, function: { index, name, arguments: values } }
}

function ending({ finishReason, usage }: FullReply): object {
  return {
    done: true,
    done_reason: finishReason ?? 'stop',
    total_duration: 5_000_000,
    load_duration: 1_000_000,
    ...(usage
      ? {
          prompt_eval_count: usage.input,
          prompt_eval_duration: 2_000_000,
          eval_count: usage.output,
          eval_duration: 2_000_000,
        }
      : {}),
  }
}

function error({ message }: Refusal): Record<string, unknown> {
  return { error: message }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
