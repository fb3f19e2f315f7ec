import { allowModel, mayUseModel, takeAllowance, type Spent } from '../identity/index.ts'
import type { Call } from './call.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionContext } from './powers.ts'

/**
 * Lets a call through that the caller's key may make: the model is one of those it was given, and
 * its limits are not used up. `runCall` counts what the call then takes.
 * @throws DomainError `forbidden` or `limit`; nothing is counted then.
 */
export async function admitCall(
  ctx: Pick<CompletionContext, 'db' | 'clock' | 'caller'>,
  call: Call,
): Promise<Call> {
  const { model } = call.request
  const isGranted = mayUseModel(ctx.caller, model)
  if (!isGranted) allowModel(ctx.caller, `${call.connection.name}/${model}`)
  return { ...call, allowance: await takeAllowance(ctx) }
}

/** What counts against a key's limits. */
export function spentOn({ usage, price }: Pick<Outcome, 'usage' | 'price'>): Spent {
  return {
    tokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
    costUsd: price.status === 'priced' ? price.costUsd : 0,
  }
}
