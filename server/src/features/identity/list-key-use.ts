import { allow } from './allow.ts'
import { selectCounters } from './key-counter-store.ts'
import { budgetPeriodOf } from './key-counters.ts'
import type { ApiKey } from './api-key.ts'
import type { Uses } from './uses.ts'

/** What a key has used of its limits. */
export interface KeyUse {
  /** In the period of its budget; in total where there is none. */
  readonly costUsd: number
  /** Within this minute. */
  readonly requests: number
  readonly tokens: number
}

/** What keys have used so far, by id; a key without limits is not counted. */
export async function listKeyUse(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  keys: readonly ApiKey[],
): Promise<ReadonlyMap<string, KeyUse>> {
  allow(ctx.caller, 'keys:manage')
  const limited = keys.flatMap(({ id, limits }) => (limits === null ? [] : [{ id, limits }]))
  const ids = limited.map(({ id }) => id)
  const nowSeconds = ctx.clock.nowSeconds()
  const counters = await ctx.db.read((tx) => selectCounters(tx, ids, nowSeconds))
  const byKey = Map.groupBy(counters, ({ keyId }) => keyId)
  return new Map(
    limited.map(({ id, limits }) => {
      const of = (period: string) => byKey.get(id)?.find((counter) => counter.period === period)
      const minute = of('minute')
      const costUsd = of(budgetPeriodOf(limits))?.cost.sum ?? 0
      return [id, { costUsd, requests: minute?.requests ?? 0, tokens: minute?.tokens ?? 0 }]
    }),
  )
}
