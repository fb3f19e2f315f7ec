import { allow, type Uses } from '../identity/index.ts'
import { ProviderExchange } from './ask-provider.ts'
import type { Call } from './call.ts'
import { CallMeasure } from './call-measure.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionPart } from './part.ts'
import type { CompletionPowers } from './powers.ts'

type CallContext = Uses<'clock' | 'caller'> & Pick<CompletionPowers, 'upstream'>

/** The parts of a call as they come, and how it ended. Parts can be read once. */
export interface StreamedCall extends AsyncIterable<CompletionPart> {
  /**
   * Settles when the parts have ended, failed, or their reader has left (then `cancelled`).
   * A provider's fault never rejects it. It waits for ever if nobody reads.
   */
  readonly outcome: Promise<Outcome>
}

/**
 * Asks the provider and gives its parts one by one, each as soon as it is there and only when the
 * reader wants it, so a slow reader slows the provider. Leaving the loop or `signal` closes the
 * provider's socket. Needs `completions:run`; nothing is recorded.
 */
export function streamCall(ctx: CallContext, call: Call, signal?: AbortSignal): StreamedCall {
  return settling((settled) => followCall(ctx, call, signal, settled))
}

/** Asks the provider and waits for the end. A provider's fault is a `failed` outcome. */
export async function runCall(
  ctx: CallContext,
  call: Call,
  signal?: AbortSignal,
): Promise<Outcome> {
  return readToEnd(streamCall(ctx, call, signal))
}

/** Reads all parts of a call and gives how it ended. */
export async function readToEnd(streamed: StreamedCall): Promise<Outcome> {
  const parts = streamed[Symbol.asyncIterator]()
  while ((await parts.next()).done !== true);
  return streamed.outcome
}

type Parts = AsyncGenerator<CompletionPart, void, undefined>
/** The two ways in which an outcome comes. */
export type Settled = Pick<PromiseWithResolvers<Outcome>, 'resolve' | 'reject'>

/** Parts with the outcome that their generator settles. */
export function settling(start: (settled: Settled) => Parts): StreamedCall {
  const { promise, ...settled } = Promise.withResolvers<Outcome>()
  // Whoever reads the parts meets the error there; the outcome may have no reader at all.
  promise.catch(() => undefined)
  const parts = start(settled)
  return { outcome: promise, [Symbol.asyncIterator]: () => parts }
}

async function* followCall(
  ctx: CallContext,
  call: Call,
  signal: AbortSignal | undefined,
  settled: Settled,
): Parts {
  using exchange = new ProviderExchange(ctx.upstream, call, signal)
  const measure = new CallMeasure(ctx.clock, call)
  try {
    allow(ctx.caller, 'completions:run')
    for await (const part of exchange.parts()) {
      measure.note(part)
      yield part
    }
  } catch (error) {
    settled.reject(error)
    throw error
  } finally {
    // Without effect after a rejection. A reader who leaves is here too.
    settled.resolve(measure.outcome(exchange))
  }
}
