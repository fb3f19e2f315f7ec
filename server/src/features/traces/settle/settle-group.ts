import { defineGroup, type Tx } from '../../../platform/db/database.ts'
import { lockTraces } from '../ingest-store.ts'
import type { TraceHead } from '../trace-head.ts'
import { findMiscounted, planCounting, planPrices } from './plan-settle.ts'
import {
  saveCounting,
  savePrices,
  saveUsageTotals,
  nestedSpans,
  spansBySeq,
  tracesWithUnpriced,
  unpricedSpans,
  unsettledTraceIds,
} from './settle-store.ts'

export interface SettleReport {
  /** Traces of which nothing is left to work out. */
  readonly settled: number
  /** Whether there may be more. */
  readonly isMore: boolean
}

/** What one transaction takes on, so that ingest waits no longer than for one of its own. */
const limits = { traces: 100, prices: 300, linkedSpans: 3_000 }

/**
 * Works out prices and repeated usage for the traces that wait longest. Their rows are locked as
 * ingest locks them; what another process settled meanwhile is passed over.
 */
export const settleGroup = defineGroup<null, SettleReport>({
  module: import.meta.url,
  name: 'settleGroup',
  async run(tx, inputs) {
    const report = await settleSome(tx)
    return { replies: inputs.map(() => report), events: [] }
  },
})

async function settleSome(tx: Tx): Promise<SettleReport> {
  const waiting = await unsettledTraceIds(tx, limits.traces)
  if (waiting.length === 0) return { settled: 0, isMore: false }
  const locked = await lockTraces(tx, waiting)
  const taken = within(
    limits.linkedSpans,
    locked.filter(({ isUnsettled }) => isUnsettled).toSorted(bySeq),
  )
  const { traces, unfinished } = await settlePrices(tx, taken)
  const finished = traces.filter(({ traceId }) => !unfinished.has(traceId))
  const done = [
    ...traces.filter(({ traceId }) => unfinished.has(traceId)),
    ...(await settleNesting(tx, finished)),
  ]
  await saveUsageTotals(tx, done)
  const isRest = waiting.length === limits.traces || taken.length < locked.length
  return { settled: finished.length, isMore: isRest || unfinished.size > 0 }
}

/** `unfinished` are the traces that have more without a price than one transaction takes. */
async function settlePrices(
  tx: Tx,
  heads: readonly TraceHead[],
): Promise<{ traces: readonly TraceHead[]; unfinished: ReadonlySet<string> }> {
  const ids = idsOf(heads)
  const unpriced = await unpricedSpans(tx, ids, limits.prices)
  const { spans, traces } = planPrices(heads, unpriced)
  await savePrices(tx, spans)
  const isFull = unpriced.length === limits.prices
  return { traces, unfinished: new Set(isFull ? await tracesWithUnpriced(tx, ids) : []) }
}

/** The last step of a trace: nothing is left then. */
async function settleNesting(tx: Tx, heads: readonly TraceHead[]): Promise<TraceHead[]> {
  const nested = idsOf(heads.filter(({ mayRepeatUsage }) => mayRepeatUsage))
  const miscounted = nested.length === 0 ? [] : findMiscounted(await nestedSpans(tx, nested))
  const seqs = miscounted.map(({ seq }) => seq)
  const { spans, traces } = planCounting(heads, seqs.length === 0 ? [] : await spansBySeq(tx, seqs))
  await saveCounting(tx, spans)
  return traces.map((head) => ({ ...head, isUnsettled: false }))
}

function bySeq(a: TraceHead, b: TraceHead): number {
  return (a.seq ?? 0) - (b.seq ?? 0)
}

function idsOf(heads: readonly TraceHead[]): string[] {
  return heads.map(({ traceId }) => traceId)
}

/** The first traces whose spans must not be more; a larger one goes alone. */
function within(spans: number, heads: readonly TraceHead[]): TraceHead[] {
  let room = spans
  const end = heads.findIndex((head) => {
    room -= head.mayRepeatUsage ? head.spanCount : 0
    return room < 0
  })
  return end < 0 ? [...heads] : heads.slice(0, Math.max(1, end))
}
