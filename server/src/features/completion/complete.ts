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
import type { CompletionContext } from './powers.ts'
import { closeCalls, closeSpans, openSpans } from './record-spans.ts'
import { runCall } from './run-call.ts'

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
  { announce, signal, ...closing }: CompleteOptions,
): Promise<Outcome> {
  await openSpans(ctx, [openingSpan(call, place)], announce)
  const told = announce === 'never' ? 'never' : 'after'
  try {
    const outcome = await runCall(ctx, call, signal)
    const span = closingSpan(call, place, outcome, closing)
    await closeCalls(ctx, [{ span, trace: outcome.trace }], told)
    return outcome
  } catch (error) {
    await closeSpans(ctx, [brokenSpan(call, place, ctx.clock.nowSeconds())], told)
    throw error
  }
}
