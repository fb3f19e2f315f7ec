import type { Announce } from '../traces/index.ts'
import type { Call } from './call.ts'
import {
  brokenSpan,
  closingSpan,
  openingSpan,
  type ClosingOptions,
  type SpanPlace,
} from './call-span.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionPart } from './part.ts'
import type { CompletionContext } from './powers.ts'
import { closeSpans, openSpans } from './record-spans.ts'
import { readToEnd, settling, streamCall, type Settled, type StreamedCall } from './run-call.ts'

export interface CompleteOptions extends Omit<ClosingOptions, 'endTime'> {
  readonly announce: Announce
  readonly signal?: AbortSignal
}

/**
 * One recorded call: its span is opened, the provider asked, the span closed, whatever happens.
 * The first span must be on disk before the provider is asked.
 * @throws DomainError what `openSpans` throws.
 */
export async function complete(
  ctx: CompletionContext,
  call: Call,
  place: SpanPlace,
  options: CompleteOptions,
): Promise<Outcome> {
  return readToEnd(streamCompletion(ctx, call, place, options))
}

/** The same part by part: each is handed on before anything of it is recorded. */
export function streamCompletion(
  ctx: CompletionContext,
  call: Call,
  place: SpanPlace,
  options: CompleteOptions,
): StreamedCall {
  return settling((settled) => followRecorded({ ctx, call, place, options }, settled))
}

interface Recorded {
  readonly ctx: CompletionContext
  readonly call: Call
  readonly place: SpanPlace
  readonly options: CompleteOptions
}

async function* followRecorded(
  { ctx, call, place, options }: Recorded,
  settled: Settled,
): AsyncGenerator<CompletionPart, void, undefined> {
  const { announce, signal, ...closing } = options
  try {
    await openSpans(ctx, [openingSpan(call, place)], announce)
  } catch (error) {
    settled.reject(error)
    throw error
  }
  const streamed = streamCall(ctx, call, signal)
  try {
    yield* streamed
  } finally {
    const span = await streamed.outcome.then(
      (outcome) => closingSpan(call, place, outcome, closing),
      () => brokenSpan(call, place, ctx.clock.nowSeconds()),
    )
    await closeSpans(ctx, [span], announce === 'never' ? 'never' : 'after')
    settled.resolve(streamed.outcome)
  }
}
