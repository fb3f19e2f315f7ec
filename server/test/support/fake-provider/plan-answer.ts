import {
  type Behaviour,
  defaultText,
  type FakeDialect,
  type FakeReply,
  type FakeRequest,
  type FullReply,
  goldenUsage,
  type Pace,
  type Refusal,
} from './behaviour.ts'

type Bytes = string | Uint8Array

/** What goes over the socket. Without a head nothing does. */
export interface Answer {
  readonly head: { readonly status: number; readonly headers: Record<string, string> } | null
  readonly chunks: readonly Bytes[]
  readonly ending: 'end' | 'hang' | 'drop'
  readonly pace: Pace
}

/** A behaviour in a dialect's bytes. Pure. */
export function planAnswer(
  dialect: FakeDialect,
  request: FakeRequest,
  behaviour: Behaviour,
): Answer {
  switch (behaviour.type) {
    case 'reply':
      return { ...encode(dialect, request, behaviour), pace: behaviour }
    case 'raw':
      return planRaw(behaviour)
    case 'status':
      return planRefusal(dialect, refusalOf(behaviour), behaviour.headers)
    case 'hang':
    case 'drop':
    case 'cut': {
      const ending = behaviour.type === 'cut' ? 'end' : behaviour.type
      if (behaviour.afterChunks === undefined) return { ...silence, ending }
      const whole = encode(dialect, request, behaviour.reply ?? {})
      return { ...whole, chunks: whole.chunks.slice(0, behaviour.afterChunks), ending }
    }
    case 'error-inside':
      return planErrorInside(dialect, request, behaviour)
    case 'nonsense':
      return planRaw({ type: 'raw', body: '<html><body>It works!</body></html>' })
  }
}

const silence: Answer = { head: null, chunks: [], ending: 'hang', pace: {} }

/** The answer to what the provider itself refuses. */
export function planRefusal(
  dialect: FakeDialect,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const head = { status: refusal.status, headers: { ...json, ...headers } }
  return { ...silence, head, chunks: [JSON.stringify(dialect.error(refusal))], ending: 'end' }
}

const json = { 'content-type': 'application/json' }

function refusalOf({ status, message }: { status: number; message?: string }): Refusal {
  return { status, message: message ?? `The fake provider says ${status}` }
}

function planRaw(raw: Extract<Behaviour, { type: 'raw' }>): Answer {
  const { status = 200, headers, body } = raw
  const chunks = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  return { head: { status, headers: { ...json, ...headers } }, chunks, ending: 'end', pace: raw }
}

function planErrorInside(
  dialect: FakeDialect,
  request: FakeRequest,
  { message, afterChunks = 0 }: Extract<Behaviour, { type: 'error-inside' }>,
): Answer {
  const refusal = refusalOf({ status: 500, ...(message === undefined ? {} : { message }) })
  const whole = encode(dialect, request, {})
  if (!dialect.isStreaming(request)) {
    return { ...whole, chunks: [JSON.stringify(dialect.error(refusal))] }
  }
  return {
    ...whole,
    chunks: [...whole.chunks.slice(0, afterChunks), dialect.errorEvent(refusal)],
  }
}

function encode(dialect: FakeDialect, request: FakeRequest, reply: FakeReply): Answer {
  const full = fullReply(dialect, request, reply)
  if (dialect.isStreaming(request)) {
    const head = { status: 200, headers: { 'content-type': dialect.streamType(request) } }
    return { ...silence, head, chunks: dialect.stream(request, full), ending: 'end' }
  }
  const body = JSON.stringify(dialect.whole(request, full))
  const half = Math.ceil(body.length / 2)
  return {
    ...silence,
    head: { status: 200, headers: json },
    chunks: [body.slice(0, half), body.slice(half)],
    ending: 'end',
  }
}

function fullReply(dialect: FakeDialect, request: FakeRequest, reply: FakeReply): FullReply {
  const toolCalls = (reply.toolCalls ?? []).map((call, index) => ({
    id: `call_${request.index}_${index}`,
    ...call,
  }))
  const text = reply.text ?? (toolCalls.length > 0 ? [] : defaultText)
  return {
    serial: request.index,
    model: reply.model ?? dialect.modelOf(request),
    text: typeof text === 'string' ? pieces(text) : text,
    reasoning: reply.reasoning ?? '',
    toolCalls,
    finishReason: reply.finishReason ?? null,
    usage: reply.usage === undefined ? goldenUsage : reply.usage,
  }
}

/** Words with the space before them, roughly as models write them. */
function pieces(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}
