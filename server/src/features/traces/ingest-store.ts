import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { IngestBatch, IngestPlan, KnownState } from './plan-ingest.ts'
import { fromNewTrace, fromSpan, fromSpanChange, fromTotals, toSpan, toTraceHead } from './rows.ts'
import type { Span } from './span.ts'
import type { PlannedSpan, TraceHead } from './trace-head.ts'

/** Reads what a plan must know: the traces that are named, and the spans that are there already. */
export async function readKnownState(tx: Tx, batches: readonly IngestBatch[]): Promise<KnownState> {
  const traces = await lockTraces(tx, distinct(batches, 'traceId'))
  const spanRows = await tx.db
    .selectFrom('spans')
    .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
    .selectAll('spans')
    .select(['span_payloads.attributes', 'span_payloads.mapped'])
    .where(anyOf(tx.dialect, 'span_id', distinct(batches, 'spanId')))
    .execute()
  return {
    traces: new Map(traces.map((head): [string, TraceHead] => [head.traceId, head])),
    spans: new Map(spanRows.map((row): [string, Span] => [row.span_id, toSpan(row)])),
  }
}

/**
 * The traces that there are, locked against other processes. Locks are taken in the order of ids,
 * so that two writers cannot wait for each other.
 */
export async function lockTraces(tx: Tx, traceIds: readonly string[]): Promise<TraceHead[]> {
  const query = tx.db
    .selectFrom('traces')
    .selectAll()
    .where(anyOf(tx.dialect, 'trace_id', traceIds))
  const rows =
    tx.dialect === 'postgres'
      ? await query.orderBy('trace_id').forUpdate().execute()
      : await query.execute()
  return rows.map(toTraceHead)
}

/** Those of the ids that some span has already. */
export async function takenSpanIds(tx: Tx, spanIds: readonly string[]): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .select('span_id')
    .where(anyOf(tx.dialect, 'span_id', spanIds))
    .execute()
  return rows.map((row) => row.span_id)
}

/** Writes a plan. Traces come first, since spans refer to them. */
export async function savePlan(tx: Tx, plan: IngestPlan): Promise<void> {
  await saveTraces(tx, plan)
  await saveSpans(tx, plan)
  await refreshEnds(tx, plan)
}

async function saveTraces(tx: Tx, plan: IngestPlan): Promise<void> {
  await insertTraces(
    tx,
    plan.newTraces.map((id) => known(plan.traces, id)),
  )
  await tx.updateMany(
    'traces',
    'trace_id',
    plan.changedTraces.map((id) => ({ trace_id: id, ...fromTotals(known(plan.traces, id)) })),
  )
}

/** Gives traces to other owners than the ones they have. */
export async function saveOwners(
  tx: Tx,
  owners: ReadonlyMap<string, string | null>,
): Promise<void> {
  const rows = [...owners].map(([traceId, ownerKey]) => ({
    trace_id: traceId,
    owner_key: ownerKey,
  }))
  await tx.updateMany('traces', 'trace_id', rows)
}

async function saveSpans(tx: Tx, plan: IngestPlan): Promise<void> {
  await insertSpans(
    tx,
    plan.inserted.map((id) => known(plan.spans, id)),
  )
  const updated = plan.updated.map((id) => known(plan.spans, id))
  await tx.updateMany(
    'spans',
    'span_id',
    updated.map((span) => ({ span_id: span.spanId, ...fromSpanChange(span) })),
  )
  await tx.updateMany(
    'span_payloads',
    'seq',
    updated.map((span) => ({
      seq: storedSeq(span),
      attributes: span.attributesJson,
      mapped: span.mappedJson,
    })),
  )
}

export async function insertTraces(
  tx: Tx,
  heads: readonly (TraceHead & { readonly tags?: Readonly<Record<string, string>> })[],
): Promise<void> {
  const seqs = await tx.allocate('traces', heads.length)
  await tx.insertMany(
    'traces',
    heads.map((head, index) => fromNewTrace(at(seqs, index), head, head.tags ?? {})),
  )
}

/** Numbers the spans in the order given and stores them with their payloads. */
export async function insertSpans(tx: Tx, spans: readonly PlannedSpan[]): Promise<void> {
  const seqs = await tx.allocate('spans', spans.length)
  await tx.insertMany(
    'spans',
    spans.map((span, index) => fromSpan(at(seqs, index), span)),
  )
  await tx.insertMany(
    'span_payloads',
    spans.map((span, index) => ({
      seq: at(seqs, index),
      attributes: span.attributesJson,
      mapped: span.mappedJson,
    })),
  )
}

async function refreshEnds(tx: Tx, plan: IngestPlan): Promise<void> {
  const stale = plan.changedTraces.filter((id) => known(plan.traces, id).isEndStale)
  if (stale.length === 0) return
  await tx.db
    .updateTable('traces')
    .set((expression) => ({
      end_time: expression
        .selectFrom('spans')
        .select(({ fn }) => fn.max('end_time').as('latest'))
        .whereRef('spans.trace_id', '=', 'traces.trace_id'),
    }))
    .where(anyOf(tx.dialect, 'trace_id', stale))
    .execute()
}

function distinct(batches: readonly IngestBatch[], key: 'traceId' | 'spanId'): string[] {
  const ids = new Set<string>()
  for (const { spans } of batches) for (const span of spans) ids.add(span[key])
  return [...ids]
}

function known<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id)
  if (value === undefined) throw new Error(`The plan lacks ${id}`)
  return value
}

function storedSeq({ spanId, seq }: PlannedSpan): number {
  if (seq === null) throw new Error(`Span ${spanId} is planned as an update but was never stored`)
  return seq
}

function at(numbers: readonly number[], index: number): number {
  const number = numbers[index]
  if (number === undefined) throw new Error('Fewer numbers were given out than asked for')
  return number
}
