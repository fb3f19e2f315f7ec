import { allow, type Uses } from '../identity/index.ts'
import { spentOn } from './admit-call.ts'
import type { CallBatch } from './answer.ts'
import { ProviderExchange } from './ask-provider.ts'
import type { Call } from './call.ts'
import { CallMeasure } from './call-measure.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionPowers } from './powers.ts'

type CallContext = Uses<'clock' | 'caller'> &
  Pick<CompletionPowers, 'upstream' | 'engine' | 'price'>

/** What a provider says as it comes, and how the call ended. It can be read once. */
export interface StreamedCall extends AsyncIterable<CallBatch> {
  /**
   * Settles when the provider has ended, failed, or the reader has left (then `cancelled`).
   * A provider's fault never rejects it. It waits for ever if nobody reads.
   */
  readonly outcome: Promise<Outcome>
  /** Closes the provider's socket, even while its next words are waited for. */
  leave(): void
}

/**
 * Asks the provider and gives what it says as soon as it is there and only when the reader wants
 * it, so a slow reader slows the provider. Leaving the loop or `signal` closes the
 * provider's socket. Needs `completions:run`; nothing is recorded.
 */
export function streamCall(ctx: CallContext, call: Call, signal?: AbortSignal): StreamedCall {
  const exchange = new ProviderExchange(ctx, call, signal)
  const { promise, ...settled } = Promise.withResolvers<Outcome>()
  // Whoever reads the batches meets the error there; the outcome may have no reader at all.
  promise.catch(() => undefined)
  const batches = followCall(ctx, call, exchange, settled)
  const leave = () => exchange[Symbol.dispose]()
  return { outcome: promise, leave, [Symbol.asyncIterator]: () => batches }
}

/**
 * Asks the provider, waits for the end and counts what the call took. A provider's fault is a
 * `failed` outcome.
 */
export async function runCall(
  ctx: CallContext & Uses<'db'> & Pick<CompletionPowers, 'log'>,
  call: Call,
  signal?: AbortSignal,
): Promise<Outcome> {
  const outcome = await readToEnd(streamCall(ctx, call, signal))
  await call.allowance?.settle(ctx, spentOn(outcome))
  return outcome
}

async function readToEnd(streamed: StreamedCall): Promise<Outcome> {
  const batches = streamed[Symbol.asyncIterator]()
  while ((await batches.next()).done !== true);
  return streamed.outcome
}

async function* followCall(
  ctx: CallContext,
  call: Call,
  exchange: ProviderExchange,
  settled: Pick<PromiseWithResolvers<Outcome>, 'resolve' | 'reject'>,
): AsyncGenerator<CallBatch, void, undefined> {
  using _closing = exchange
  const measure = new CallMeasure(ctx, call)
  try {
    allow(ctx.caller, 'completions:run')
    for await (const batch of exchange.batches()) {
      for (const part of batch.parts) measure.note(part)
      yield batch
    }
  } catch (error) {
    settled.reject(error)
    throw error
  } finally {
    // Without effect after a rejection. A reader who leaves is here too.
    settled.resolve(measure.outcome(exchange))
  }
}
