import {
  admitCall,
  brokenSpan,
  closeSpans,
  closingSpan,
  openingSpan,
  openSpans,
  prepareCall,
  runCall,
  type Call,
  type CompletionContext,
  type Outcome,
  type SpanPlace,
} from '../completion/index.ts'
import type { NewSpan } from '../traces/index.ts'
import type { AskedModel } from './asked-model.ts'
import { playgroundRequest, type ChatMessage } from './conversation.ts'
import { mapInFlight } from './in-flight.ts'
import { rootSpan, type RootPlace } from './root-span.ts'

/** One of the calls that are compared. */
export interface Contender {
  readonly asked: AskedModel
  readonly spanName: string
  readonly messages: readonly ChatMessage[]
}

export interface Comparison<C extends Contender> {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly systemPrompt: string | null
  readonly contenders: readonly C[]
}

export interface Compared<C extends Contender> {
  readonly contender: C
  readonly outcome: Outcome
}

/** Providers count requests; more than this wait for their turn. */
const maxInFlight = 16

/**
 * Asks all contenders at once and gives how each ended, in their order. Their spans stand under
 * one root, open before anybody is asked, and share start and end. One that failed makes the root
 * an error and does not stop the others. Source: beacon contract §6.2, §6.3.
 * @throws DomainError `cancelled`, with all spans closed, when the asker has left.
 */
export async function runComparison<C extends Contender>(
  ctx: CompletionContext,
  { name, attributes, systemPrompt, contenders }: Comparison<C>,
  signal: AbortSignal,
): Promise<{ readonly traceId: string; readonly compared: readonly Compared<C>[] }> {
  const startTime = ctx.clock.nowSeconds()
  const traceId = ctx.ids.uuid()
  const root: RootPlace = { traceId, spanId: ctx.ids.uuid(), name, startTime, attributes }
  const admitted = contenders.map(async (contender) => ({
    contender,
    call: await admitCall(ctx, callOf(contender, systemPrompt)),
    place: placeOf(ctx, root, contender),
  }))
  const children = await Promise.all(admitted)
  const opened = children.map(({ call, place }) => openingSpan(call, place))
  await openSpans(ctx, [rootSpan(root), ...opened], 'first')

  const close = (closed: readonly NewSpan[], endTime: number): Promise<void> => {
    const status = closed.every((span) => span.status === 'ok') ? 'ok' : 'error'
    const closedRoot = rootSpan(root, { status, errorMessage: null, endTime })
    return closeSpans(ctx, [...closed, closedRoot], 'after')
  }
  const ask = async (child: (typeof children)[number]) => {
    return { ...child, outcome: await runCall(ctx, child.call, signal) }
  }
  const ended = await mapInFlight(children, maxInFlight, ask).catch(async (error: unknown) => {
    const endTime = ctx.clock.nowSeconds()
    const broken = children.map(({ call, place }) => brokenSpan(call, place, endTime))
    await close(broken, endTime)
    throw error
  })
  const how = {
    endTime: ctx.clock.nowSeconds(),
    errorMessage: 'whole',
    finishReason: 'ours',
  } as const
  const closed = ended.map(({ call, place, outcome }) => closingSpan(call, place, outcome, how))
  await close(closed, how.endTime)
  signal.throwIfAborted()
  return { traceId, compared: ended }
}

/** What a contender said, or why it said nothing. */
export function saidBy(outcome: Outcome): string {
  return outcome.status === 'completed' ? outcome.reply.text : `Error: ${outcome.message}`
}

function callOf({ asked, messages }: Contender, systemPrompt: string | null): Call {
  const request = playgroundRequest(asked.model, systemPrompt, messages)
  return prepareCall(asked.connection, request, { mode: 'whole', book: 'beacon' })
}

function placeOf(
  { ids }: CompletionContext,
  { traceId, spanId: parentSpanId, startTime }: RootPlace,
  { spanName: name }: Contender,
): SpanPlace {
  return { traceId, spanId: ids.uuid(), parentSpanId, name, startTime }
}
