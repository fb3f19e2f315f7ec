import type { Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineGroup, type Tx } from '../../platform/db/database.ts'
import type { KeyCountersTable } from '../../platform/db/gateway-tables.ts'
import {
  newCounters,
  planCounts,
  type CounterPeriod,
  type KeyCount,
  type KeyCounter,
  type KeyStanding,
} from './key-counters.ts'

/**
 * Counts what keys with limits begin and what their calls took, many at once. The counters are
 * locked before they are looked at, so that also several processes on one PostgreSQL never let
 * more through together than the limits allow.
 */
export const countKeyUse = defineGroup<KeyCount, KeyStanding>({
  module: import.meta.url,
  name: 'countKeyUse',
  survives: 'process-crash',
  async run(tx, counts) {
    const { standings, changed } = planCounts(await lockCounters(tx, counts), counts)
    await tx.updateMany('key_counters', 'id', changed.map(toUpdate))
    return { replies: standings, events: [] }
  },
})

/** The counters in which the counts go, made where they are missing; nobody else changes them. */
async function lockCounters(tx: Tx, counts: readonly KeyCount[]): Promise<readonly KeyCounter[]> {
  const wanted = new Map(
    counts
      .flatMap(({ keyId, nowSeconds }) => newCounters(keyId, nowSeconds))
      .map((counter) => [counter.id, counter]),
  )
  const ids = [...wanted.keys()].toSorted()
  const there = await selectForChange(tx, ids)
  if (there.length === ids.length) return there
  const known = new Set(there.map(({ id }) => id))
  const missing = ids.flatMap((id) => (known.has(id) ? [] : (wanted.get(id) ?? [])))
  await tx.insertMany('key_counters', missing.map(toRow), 'ignore')
  await dropOld(tx, missing)
  return selectForChange(tx, ids)
}

async function selectForChange(tx: Tx, ids: readonly string[]): Promise<readonly KeyCounter[]> {
  const rows = await tx.db
    .selectFrom('key_counters')
    .selectAll()
    .where(anyOf(tx.dialect, 'id', ids))
    .orderBy('id')
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .execute()
  return rows.map(toCounter)
}

/**
 * How long a counter stays after a newer one was made. Longer than clocks of processes differ and
 * calls last, so that nobody still counts in it.
 */
const keptSeconds: Readonly<Record<Exclude<CounterPeriod, 'total'>, number>> = {
  minute: 600,
  day: 3 * 86_400,
  month: 93 * 86_400,
}

/** New counters take the place of those of the same keys that are long over. */
async function dropOld(tx: Tx, made: readonly KeyCounter[]): Promise<void> {
  const keyIds = [...new Set(made.map(({ keyId }) => keyId))]
  const newest = Math.max(...made.map(({ startedAt }) => startedAt))
  const isOver = (period: keyof typeof keptSeconds): number => newest - keptSeconds[period]
  await tx.db
    .deleteFrom('key_counters')
    .where(anyOf(tx.dialect, 'key_id', keyIds))
    .where((is) =>
      is.or(
        (['minute', 'day', 'month'] as const).map((period) =>
          is.and([is('period', '=', period), is('started_at', '<', isOver(period))]),
        ),
      ),
    )
    .execute()
}

/** Counters of the keys that a time falls in, in no order. */
export async function selectCounters(
  tx: Tx,
  keyIds: readonly string[],
  nowSeconds: number,
): Promise<readonly KeyCounter[]> {
  const ids = keyIds.flatMap((keyId) => newCounters(keyId, nowSeconds).map(({ id }) => id))
  const rows = await tx.db
    .selectFrom('key_counters')
    .selectAll()
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return rows.map(toCounter)
}

function toCounter(row: Selectable<KeyCountersTable>): KeyCounter {
  return {
    id: row.id,
    keyId: row.key_id,
    period: toPeriod(row.period),
    startedAt: row.started_at,
    requests: row.requests,
    tokens: row.tokens,
    cost: { sum: row.cost_usd, remainder: row.cost_remainder },
  }
}

/** The table's own check lets no other word in. */
function toPeriod(word: string): CounterPeriod {
  return word === 'minute' || word === 'day' || word === 'month' ? word : 'total'
}

function toRow(counter: KeyCounter): Selectable<KeyCountersTable> {
  const { keyId: key_id, period, startedAt: started_at } = counter
  return { ...toUpdate(counter), key_id, period, started_at }
}

function toUpdate({ id, requests, tokens, cost }: KeyCounter) {
  return { id, requests, tokens, cost_usd: cost.sum, cost_remainder: cost.remainder }
}
