import type { FakeDialect, FakeRequest, FullReply, Refusal } from './behaviour.ts'
import { fieldsOf, isFilled, listOf, textOf, unknownField } from './fields.ts'

/** Messages, and the counting of their tokens. */
export const anthropic: FakeDialect = {
  baseUrl: (origin) => origin,
  check,
  modelOf: ({ body }) => textOf(body['model']),
  isStreaming: ({ body }) => body['stream'] === true,
  whole,
  stream,
  streamType: () => 'text/event-stream; charset=utf-8',
  error,
  errorEvent: (refusal) => event('error', error(refusal)),
}

const known = new Set(
  (
    'model messages max_tokens system temperature top_p top_k stop_sequences stream tools ' +
    'tool_choice thinking metadata service_tier container context_management mcp_servers ' +
    'output_config output_format cache_control inference_geo'
  ).split(' '),
)

function isCounting({ path }: Pick<FakeRequest, 'path'>): boolean {
  return path.split('?')[0] === '/v1/messages/count_tokens'
}

function check({ method, path, headers, text, body }: FakeRequest): Refusal | null {
  const isCount = isCounting({ path })
  if (method !== 'POST' || (path.split('?')[0] !== '/v1/messages' && !isCount)) {
    return { status: 404, message: 'Not Found' }
  }
  if (!isFilled(headers['x-api-key']) && !/^Bearer \S/.test(headers.authorization ?? '')) {
    return { status: 401, message: 'x-api-key header is required' }
  }
  if (!isFilled(headers['anthropic-version'])) {
    return invalid('anthropic-version: header is required')
  }
  if (!text.startsWith('{')) return invalid('The request body is not valid JSON')
  if (!isFilled(body['model'])) return invalid('model: Field required')
  if (isCount && body['max_tokens'] !== undefined) {
    return invalid('max_tokens: Extra inputs are not permitted')
  }
  if (!isCount && !Number.isInteger(body['max_tokens'])) {
    return invalid('max_tokens: Field required')
  }
  if (!Array.isArray(body['messages'])) return invalid('messages: Field required')
  if (body['messages'].length === 0) return invalid('messages: at least one message is required')
  const extra = unknownField(body, known)
  if (extra !== undefined) return invalid(`${extra}: Extra inputs are not permitted`)
  return checkOptions(body) ?? checkMessages(body['messages']) ?? checkThinking(body)
}

function checkOptions(body: FakeRequest['body']): Refusal | null {
  const { temperature = 1, thinking, tools, max_tokens: limit } = body
  if (typeof temperature !== 'number' || temperature < 0 || temperature > 1) {
    return invalid('temperature: range: 0..1')
  }
  const { type, budget_tokens: budget } = fieldsOf(thinking)
  if (type === 'enabled') {
    if (temperature !== 1) {
      return invalid('`temperature` may only be set to 1 when thinking is enabled.')
    }
    if (Number(budget) < 1024) {
      return invalid('thinking.enabled.budget_tokens: Input should be greater than 1023')
    }
    if (Number(limit) <= Number(budget)) {
      return invalid('`max_tokens` must be greater than `thinking.budget_tokens`.')
    }
  }
  const bare = listOf(tools).findIndex((tool) => !isToolShaped(fieldsOf(tool)))
  return bare < 0 ? null : invalid(`tools.${bare}.custom.input_schema: Field required`)
}

function isToolShaped(tool: Readonly<Record<string, unknown>>): boolean {
  const isOwn = tool['type'] === undefined || tool['type'] === 'custom'
  return isFilled(tool['name']) && (!isOwn || fieldsOf(tool['input_schema'])['type'] === 'object')
}

function checkMessages(messages: readonly unknown[]): Refusal | null {
  let open: readonly string[] = []
  for (const [index, message] of messages.entries()) {
    const { role, content } = fieldsOf(message)
    if (role !== 'user' && role !== 'assistant') {
      return invalid(`messages: Unexpected role "${textOf(role)}".`)
    }
    if (typeof content !== 'string' && !Array.isArray(content)) {
      return invalid(`messages.${index}.content: Field required`)
    }
    const blocks = listOf(content).map(fieldsOf)
    const answered = new Set(blocks.map((block) => block['tool_use_id']))
    if (open.some((id) => !answered.has(id))) {
      return invalid(`messages.${index}: tool_use ids were found without tool_result blocks`)
    }
    if (blocks.some(({ type, text }) => type === 'text' && text === '')) {
      return invalid('messages: text content blocks must be non-empty')
    }
    open = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => textOf(id))
  }
  return open.length > 0 ? invalid('messages: tool_use without tool_result') : null
}

/** Whoever thinks by budget and is given results of tools must be shown what it thought before them. */
function checkThinking({ thinking, messages }: FakeRequest['body']): Refusal | null {
  const said = listOf(messages).map(fieldsOf)
  const results = listOf(said.at(-1)?.['content']).map(fieldsOf)
  const isAnswered = results.some(({ type }) => type === 'tool_result')
  if (fieldsOf(thinking)['type'] !== 'enabled' || !isAnswered) return null
  const last = said.findLast(({ role }) => role === 'assistant')
  const { type } = fieldsOf(listOf(last?.['content'])[0])
  if (type === 'thinking' || type === 'redacted_thinking') return null
  return invalid('Expected `thinking` or `redacted_thinking`: a final message must start with it')
}

function invalid(message: string): Refusal {
  return { status: 400, message }
}

function whole(request: FakeRequest, reply: FullReply): Record<string, unknown> {
  if (isCounting(request)) return { input_tokens: reply.usage?.input ?? 0 }
  const text = reply.text.join('')
  const content = [
    ...(reply.reasoning === '' ? [] : [thinkingBlock(reply.reasoning)]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...reply.toolCalls.map(({ id, name, arguments: input }) => toolBlock(id, name, input)),
  ]
  return message(reply, { content, stop_reason: stopOf(reply), usage: usageOf(reply) })
}

function message(
  reply: FullReply,
  { content, stop_reason: reason, usage }: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    id: `msg_${reply.serial}`,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content,
    stop_reason: reason ?? null,
    stop_sequence: null,
    ...(usage ? { usage } : {}),
  }
}

const signature = 'c2lnbmVk'

function thinkingBlock(thinking: string): object {
  return { type: 'thinking', thinking, signature }
}

function toolBlock(id: string, name: string, input: object): object {
  return { type: 'tool_use', id, name, input }
}

function stream(_: FakeRequest, reply: FullReply): readonly string[] {
  const usage = usageOf(reply)
  const first = usage && { ...usage, output_tokens: 1 }
  const last = { delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage: usage ?? {} }
  return [
    event('message_start', { message: message(reply, { content: [], usage: first }) }),
    event('ping', {}),
    ...streamedBlocks(reply).flatMap(({ start, deltas }, index) => [
      event('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', last),
    event('message_stop', {}),
  ]
}

interface Block {
  readonly start: object
  readonly deltas: readonly object[]
}

function streamedBlocks({ text, reasoning, toolCalls }: FullReply): readonly Block[] {
  const thinking = {
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking: reasoning },
      { type: 'signature_delta', signature },
    ],
  }
  const spoken = {
    start: { type: 'text', text: '' },
    deltas: text.map((piece) => ({ type: 'text_delta', text: piece })),
  }
  const calls = toolCalls.map(({ id, name, arguments: input }) => {
    const json = JSON.stringify(input)
    const half = Math.ceil(json.length / 2)
    return {
      start: toolBlock(id, name, {}),
      deltas: ['', json.slice(0, half), json.slice(half)].map((piece) => ({
        type: 'input_json_delta',
        partial_json: piece,
      })),
    }
  })
  return [...(reasoning === '' ? [] : [thinking]), ...(text.length > 0 ? [spoken] : []), ...calls]
}

function stopOf({ finishReason, toolCalls }: FullReply): string {
  return finishReason ?? (toolCalls.length > 0 ? 'tool_use' : 'end_turn')
}

/** Cached tokens stand beside the input here, not inside it. */
function usageOf({ usage }: FullReply): Record<string, unknown> | null {
  if (!usage) return null
  return {
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: 0,
    },
    output_tokens: usage.output,
    service_tier: 'standard',
  }
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function error({ status, message: text, code }: Refusal): Record<string, unknown> {
  const type = code ?? errorTypes[status] ?? 'api_error'
  return { type: 'error', error: { type, message: text }, request_id: 'req_fake' }
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}
