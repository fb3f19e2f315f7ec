import {
  admitCall,
  brokenSpan,
  closeSpans,
  closingSpan,
  failureToError,
  openingSpan,
  openSpans,
  prepareCall,
  runCall,
  type CompletionContext,
  type SpanPlace,
} from '../completion/index.ts'
import { allow } from '../identity/index.ts'
import type { NewSpan } from '../traces/index.ts'
import { findAskedModel } from './asked-model.ts'
import { playgroundRequest, type ChatMessage } from './conversation.ts'
import { metricsOf, type Metrics } from './metrics.ts'
import { rootSpan, type RootPlace } from './root-span.ts'

export interface ChatTurn {
  /** The trace that the turn is added to; null begins a conversation. */
  readonly conversationId: string | null
  readonly model: string
  readonly systemPrompt: string | null
  /** The whole conversation so far. */
  readonly messages: readonly ChatMessage[]
}

export interface ChatReply {
  readonly traceId: string
  readonly text: string
  readonly metrics: Metrics
}

/**
 * One turn of a conversation: a root span and the model's call under it, stored open while the
 * provider is asked, and closed when it has answered, failed, or the asker has left. Needs
 * `completions:run`. Source: beacon contract §6.1.
 * @throws DomainError `invalid` before anything is stored for a model that cannot be asked;
 * `conflict` for a conversation of somebody else; `invalid`, `upstream` or `cancelled` for a call
 * that failed, which the trace then shows.
 */
export async function chat(
  ctx: CompletionContext,
  turn: ChatTurn,
  signal: AbortSignal,
): Promise<ChatReply> {
  allow(ctx.caller, 'completions:run')
  const { name, model, connection } = await findAskedModel(ctx, turn.model)
  const request = playgroundRequest(model, turn.systemPrompt, turn.messages)
  const prepared = prepareCall(connection, request, { mode: 'whole', book: 'beacon' })
  const call = await admitCall(ctx, prepared)
  const { root, place } = placesOf(ctx, name, turn.conversationId)
  const opening = openSpans(ctx, [rootSpan(root), openingSpan(call, place)], 'first')
  // A trace of one's own is refused to nobody, so the model need not wait for the disk.
  if (root.traceId === turn.conversationId) await opening

  const outcome = await runCall(ctx, call, untilFailure(opening, signal)).catch(
    async (error: unknown) => {
      await opening
      const endTime = ctx.clock.nowSeconds()
      await closeTurn(ctx, root, brokenSpan(call, place, endTime), endTime)
      throw error
    },
  )
  await opening
  const closed = closingSpan(call, place, outcome, { finishReason: 'ours' })
  await closeTurn(ctx, root, closed, outcome.endedAt)
  if (outcome.status === 'failed') throw failureToError(outcome)
  return { traceId: root.traceId, text: outcome.reply.text, metrics: metricsOf(outcome) }
}

/** Aborts with `signal`, and when `work` fails, which is then no unhandled rejection. */
function untilFailure(work: Promise<unknown>, signal: AbortSignal): AbortSignal {
  const failure = new AbortController()
  work.catch((error: unknown) => failure.abort(error))
  return AbortSignal.any([signal, failure.signal])
}

/** The root ends as the call under it did. */
function closeTurn(
  ctx: CompletionContext,
  root: RootPlace,
  closed: NewSpan,
  endTime: number,
): Promise<void> {
  const { errorMessage } = closed
  const status = errorMessage === null ? 'ok' : 'error'
  return closeSpans(ctx, [closed, rootSpan(root, { status, errorMessage, endTime })], 'after')
}

/** Both spans begin at the same time. An empty conversation id is none. */
function placesOf(
  { clock, ids }: CompletionContext,
  name: string,
  conversationId: string | null,
): { root: RootPlace; place: SpanPlace } {
  const startTime = clock.nowSeconds()
  const traceId = conversationId === null || conversationId === '' ? ids.uuid() : conversationId
  const root: RootPlace = {
    traceId,
    spanId: ids.uuid(),
    name: `Playground: ${name}`,
    startTime,
    attributes: { playground: true },
  }
  const place = { traceId, spanId: ids.uuid(), parentSpanId: root.spanId, name, startTime }
  return { root, place }
}
