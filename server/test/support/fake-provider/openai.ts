import type { FakeDialect, FakeRequest, FullReply, Refusal } from './behaviour.ts'
import { checkOpenAiEmbeddings, isOpenAiEmbeddings, openAiEmbeddings } from './embeddings.ts'
import { fieldsOf, isFilled, listOf, textOf } from './fields.ts'

/** Chat Completions and embeddings. */
export const openai: FakeDialect = {
  baseUrl: (origin) => `${origin}/v1`,
  check,
  modelOf: ({ body }) => textOf(body['model']),
  isStreaming: ({ body }) => body['stream'] === true,
  whole,
  stream,
  streamType: () => 'text/event-stream; charset=utf-8',
  error,
  errorEvent: (refusal) => sse(error(refusal)),
}

function check(request: FakeRequest): Refusal | null {
  const { method, path, headers, text, body } = request
  const isEmbeddings = isOpenAiEmbeddings(request)
  if (method !== 'POST' || !(isEmbeddings || path === '/v1/chat/completions')) {
    return { status: 404, message: `Invalid URL (${method} ${path})` }
  }
  if (!/^Bearer \S/.test(headers.authorization ?? '')) {
    return { status: 401, message: "You didn't provide an API key." }
  }
  if (!text.startsWith('{')) {
    return { status: 400, message: 'We could not parse the JSON body of your request.' }
  }
  if (isEmbeddings) return checkOpenAiEmbeddings(request)
  if (!isFilled(body['model'])) return invalid('you must provide a model parameter')
  if (!Array.isArray(body['messages'])) return invalid("Missing required parameter: 'messages'.")
  if (body['messages'].length === 0) return invalid("Invalid 'messages': empty array.")
  return checkMessages(body['messages']) ?? checkReasoningModel(body)
}

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

function checkMessages(messages: readonly unknown[]): Refusal | null {
  let open = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const { role, tool_calls: calls, tool_call_id: answered } = fieldsOf(message)
    if (!roles.has(textOf(role))) return invalid(`Invalid value: 'messages[${index}].role'.`)
    if (role === 'tool') {
      if (!open.delete(textOf(answered))) {
        return invalid("messages with role 'tool' must be a response to a preceeding message")
      }
      continue
    }
    if (open.size > 0) return unanswered()
    open = new Set(listOf(calls).map((call) => textOf(fieldsOf(call)['id'])))
  }
  return open.size > 0 ? unanswered() : null
}

function unanswered(): Refusal {
  return invalid("An assistant message with 'tool_calls' must be followed by tool messages")
}

function checkReasoningModel(body: FakeRequest['body']): Refusal | null {
  if (!/^(o[134]|gpt-5)/.test(textOf(body['model']))) return null
  if (body['max_tokens'] !== undefined) {
    return {
      ...invalid("Unsupported parameter: 'max_tokens' is not supported with this model."),
      code: 'unsupported_parameter',
    }
  }
  if ((body['temperature'] ?? 1) === 1) return null
  return {
    ...invalid("Unsupported value: 'temperature' only supports the default (1) value."),
    code: 'unsupported_value',
  }
}

function invalid(message: string): Refusal {
  return { status: 400, message }
}

function whole(request: FakeRequest, reply: FullReply): Record<string, unknown> {
  if (isOpenAiEmbeddings(request)) return openAiEmbeddings(request, reply)
  const { body } = request
  const message = {
    role: 'assistant',
    content: reply.text.length > 0 ? reply.text.join('') : null,
    ...(reply.reasoning === '' ? {} : { reasoning_content: reply.reasoning }),
    ...(reply.toolCalls.length > 0 ? { tool_calls: reply.toolCalls.map(toolCall) } : {}),
    refusal: null,
    annotations: [],
  }
  const logprobs = body['logprobs'] === true ? logprobsOf(reply.text) : null
  return {
    ...head(reply, 'chat.completion'),
    choices: [{ index: 0, message, logprobs, finish_reason: finishOf(reply) }],
    ...(reply.usage ? { usage: usageOf(reply.usage) } : {}),
    service_tier: 'default',
  }
}

function stream({ body }: FakeRequest, reply: FullReply): readonly string[] {
  const wantsUsage = fieldsOf(body['stream_options'])['include_usage'] === true
  const wantsLogprobs = body['logprobs'] === true
  const chunk = (choices: readonly unknown[], usage: unknown = null) =>
    sse({
      ...head(reply, 'chat.completion.chunk'),
      choices,
      ...(wantsUsage ? { usage } : {}),
    })
  const delta = (fields: object, logprobs: unknown = null, finish: string | null = null) =>
    chunk([{ index: 0, delta: fields, logprobs, finish_reason: finish }])
  return [
    delta({ role: 'assistant', content: reply.text.length > 0 ? '' : null, refusal: null }),
    ...(reply.reasoning === '' ? [] : [delta({ reasoning_content: reply.reasoning })]),
    ...reply.text.map((content) =>
      delta({ content }, wantsLogprobs ? logprobsOf([content]) : null),
    ),
    ...reply.toolCalls.flatMap((call, index) => toolDeltas(call, index).map((at) => delta(at))),
    delta({}, null, finishOf(reply)),
    ...(wantsUsage && reply.usage ? [chunk([], usageOf(reply.usage))] : []),
    'data: [DONE]\n\n',
  ]
}

function head(reply: FullReply, object: string): Record<string, unknown> {
  return {
    id: `chatcmpl-${reply.serial}`,
    object,
    created: 1_750_000_000,
    model: reply.model,
    system_fingerprint: 'fp_fake',
  }
}

type Call = FullReply['toolCalls'][number]

function toolCall({ id, name, arguments: values }: Call): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(values) } }
}

function toolDeltas({ id, name, arguments: values }: Call, index: number): readonly object[] {
  const text = JSON.stringify(values)
  const half = Math.ceil(text.length / 2)
  const first = { index, id, type: 'function', function: { name, arguments: '' } }
  const rest = [text.slice(0, half), text.slice(half)].map((piece) => ({
    index,
    function: { arguments: piece },
  }))
  return [first, ...rest].map((call) => ({ tool_calls: [call] }))
}

function finishOf({ finishReason, toolCalls }: FullReply): string {
  return finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop')
}

function logprobsOf(tokens: readonly string[]): object {
  const content = tokens.map((token) => ({
    token,
    logprob: -0.25,
    bytes: [...Buffer.from(token)],
    top_logprobs: [],
  }))
  return { content, refusal: null }
}

function usageOf(usage: NonNullable<FullReply['usage']>): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function error({ status, message, code }: Refusal): Record<string, unknown> {
  return { error: { message, type: errorType(status), param: null, code: code ?? null } }
}

function errorType(status: number): string {
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

function sse(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}
