import { anyOf } from '../../../platform/db/any-of.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { ownWords } from '../mapped-attributes.ts'
import { fromSpanChange, fromTotals, toSpan } from '../rows.ts'
import type { Span } from '../span.ts'
import type { TraceHead } from '../trace-head.ts'

/** Where in the order of arrival to look: behind `after`, up to `last`. */
export interface ReviseRange {
  readonly after: number
  readonly last: number
  readonly limit: number
}

export interface FoundSpan {
  readonly seq: number
  readonly traceId: string
}

export async function newestSpanSeq(tx: Tx): Promise<number> {
  const rows = tx.db.selectFrom('spans').select('seq').orderBy('seq', 'desc').limit(1)
  return (await rows.executeTakeFirst())?.seq ?? 0
}

/** Model calls whose cost no client gave; `since` is in Unix seconds of their start. */
export async function findCostlessCalls(
  tx: Tx,
  which: { readonly since?: number | undefined; readonly model?: string | undefined },
  range: ReviseRange,
): Promise<FoundSpan[]> {
  const { since, model } = which
  return spansIn(tx, range)
    .where('span_type', '=', 'llm_call')
    .where('cost_usd', 'is', null)
    .where('model', 'is not', null)
    .$if(since !== undefined, (query) => query.where('start_time', '>=', since ?? 0))
    .$if(model !== undefined, (query) => query.where('model', '=', model ?? ''))
    .execute()
}

/** Spans with derived attributes, but for those of the version given. */
export async function findMapped(
  tx: Tx,
  exceptVersion: number | undefined,
  range: ReviseRange,
): Promise<FoundSpan[]> {
  return spansIn(tx, range)
    .where('mapping_version', '<>', ownWords)
    .$if(exceptVersion !== undefined, (query) =>
      query.where('mapping_version', '<>', exceptVersion ?? 0),
    )
    .execute()
}

/** Whole spans by number, of those with derived attributes. */
export async function mappedSpans(tx: Tx, seqs: readonly number[]): Promise<Span[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
    .selectAll('spans')
    .select(['span_payloads.attributes', 'span_payloads.mapped'])
    .where(anyOf(tx.dialect, 'spans.seq', seqs))
    .where('mapping_version', '<>', ownWords)
    .execute()
  return rows.map(toSpan)
}

export async function saveMeanings(
  tx: Tx,
  spans: readonly (Parameters<typeof fromSpanChange>[0] & { readonly seq: number })[],
): Promise<void> {
  await tx.updateMany(
    'spans',
    'seq',
    spans.map((span) => ({
      seq: span.seq,
      span_type: span.spanType,
      ...fromSpanChange(span),
    })),
  )
  await tx.updateMany(
    'span_payloads',
    'seq',
    spans.map(({ seq, mappedJson }) => ({ seq, mapped: mappedJson })),
  )
}

export async function saveTotals(tx: Tx, heads: readonly TraceHead[]): Promise<void> {
  await tx.updateMany(
    'traces',
    'trace_id',
    heads.map((head) => ({ trace_id: head.traceId, ...fromTotals(head) })),
  )
}

function spansIn(tx: Tx, { after, last, limit }: ReviseRange) {
  return tx.db
    .selectFrom('spans')
    .select(['seq', 'trace_id as traceId'])
    .where('seq', '>', after)
    .where('seq', '<=', last)
    .orderBy('seq')
    .limit(limit)
}
