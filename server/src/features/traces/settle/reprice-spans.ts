import { defineGroup, type Tx } from '../../../platform/db/database.ts'
import { allow, type Uses } from '../../identity/index.ts'
import { lockTraces } from '../ingest-store.ts'
import { planPrices } from './plan-settle.ts'
import { findCostlessCalls } from './revise-store.ts'
import {
  reviseStored,
  type ReviseInput,
  type ReviseTally,
  type ReviseWork,
} from './revise-stored.ts'
import { costlessCalls, savePrices, saveUsageTotals } from './settle-store.ts'

/**
 * Works out anew, by the price lists of this version, what stored model calls cost whose clients
 * did not say so: all of them, or those that began at or after `since` (Unix seconds) or are of
 * exactly this model. `changed` counts the spans that cost something else than before.
 */
export async function repriceSpans(
  ctx: Uses<'db' | 'caller'>,
  which: { readonly since?: number | undefined; readonly model?: string | undefined },
  work: ReviseWork = {},
): Promise<ReviseTally> {
  allow(ctx.caller, 'settings:manage')
  return reviseStored(ctx, (tx, range) => findCostlessCalls(tx, which, range), repriceGroup, work)
}

/** Found by name in the thread that writes. */
export const repriceGroup = defineGroup<ReviseInput, ReviseTally>({
  module: import.meta.url,
  name: 'repriceGroup',
  async run(tx, inputs) {
    const replies: ReviseTally[] = []
    for (const input of inputs) replies.push(await repriceSome(tx, input))
    return { replies, events: [] }
  },
})

async function repriceSome(tx: Tx, { seqs, traceIds }: ReviseInput): Promise<ReviseTally> {
  const heads = await lockTraces(tx, traceIds)
  const before = await costlessCalls(tx, seqs)
  const { spans, traces } = planPrices(heads, before)
  await savePrices(tx, spans)
  await saveUsageTotals(tx, traces)
  const changed = spans.filter(
    ({ span }, index) => span.computedCostUsd !== before[index]?.computedCostUsd,
  )
  return { examined: before.length, changed: changed.length }
}
