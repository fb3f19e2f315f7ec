import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import { defineTask, type Dialect, type Tx } from '../../../platform/db/database.ts'
import { oneHolds } from '../../../platform/db/one-has.ts'
import { reachable } from '../trace-store.ts'
import type { Reach } from '../reach.ts'
import { joinObjects } from '../shown-attributes.ts'
import { matchContext, type SearchForms } from './match.ts'
import type { StretchPage } from './stretches.ts'

/** The bounds of what there is to search, and the changes that an index may not know yet. */
export interface Extent {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly lastTraceSeq: number
  readonly changes: readonly { readonly id: number; readonly seq: number }[]
}

export interface Scope {
  readonly forms: SearchForms
  readonly reach: Reach
}

/** Spans found: sequence number, start time, sequence number … */
export type Hits = readonly number[]

export interface FoundSpan {
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly matchContext: string
}

export async function readExtent(tx: Tx): Promise<Extent> {
  const { rows } = await sql<Omit<Extent, 'changes'>>`select
    coalesce((select min(seq) from spans), 0) as ${sql.ref('firstSeq')},
    coalesce((select max(seq) from spans), 0) as ${sql.ref('lastSeq')},
    coalesce((select max(seq) from traces), 0) as ${sql.ref('lastTraceSeq')}`.execute(tx.db)
  const changes =
    tx.dialect === 'sqlite' ? await tx.db.selectFrom('search_changes').selectAll().execute() : []
  return { ...(rows[0] ?? { firstSeq: 0, lastSeq: 0, lastTraceSeq: 0 }), changes }
}

/** The spans of one page whose name or attributes, sent or derived, contain one of the forms. */
export const scanSpans = defineTask<Scope & { readonly page: StretchPage }, Hits>({
  module: import.meta.url,
  name: 'scanSpans',
  async run(tx, { page, forms, reach }) {
    const rows = await tx.db
      .selectFrom('spans')
      .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
      .select(['spans.seq', 'spans.start_time'])
      .where(isOn(tx.dialect, page))
      .where((where) =>
        where.or([
          ...forms.inName.map((form) => oneHolds(tx.dialect, ['spans.name'], form)),
          ...forms.inAttributes.map((form) => oneHolds(tx.dialect, ['attributes', 'mapped'], form)),
        ]),
      )
      .$if(reach !== 'all', (query) => query.where(isReached(reach)))
      .execute()
    return rows.flatMap((row) => [row.seq, row.start_time])
  },
})

/** All spans of the traces in a range of sequence numbers whose own name contains a form. */
export const scanTraceNames = defineTask<
  Scope & { readonly from: number; readonly to: number },
  Hits
>({
  module: import.meta.url,
  name: 'scanTraceNames',
  async run(tx, { from, to, forms, reach }) {
    const rows = await reachable(tx.db.selectFrom('traces'), reach)
      .innerJoin('spans', 'spans.trace_id', 'traces.trace_id')
      .select(['spans.seq', 'spans.start_time'])
      .where('traces.seq', '>=', from)
      .where('traces.seq', '<=', to)
      .where((where) =>
        where.or(forms.inName.map((form) => oneHolds(tx.dialect, ['traces.name'], form))),
      )
      .execute()
    return rows.flatMap((row) => [row.seq, row.start_time])
  },
})

export interface Found {
  /** Spans that match themselves, and those whose trace's name does. */
  readonly own: Float64Array<ArrayBuffer>
  readonly byTrace: Float64Array<ArrayBuffer>
}

/**
 * Puts hits in order, own ones first and none twice, and loads one page of them. It sorts here
 * because the main thread must not: there may be as many hits as there are spans.
 */
export const pageOfHits = defineTask<
  Found & { readonly forms: SearchForms; readonly limit: number; readonly offset: number },
  { readonly results: readonly FoundSpan[]; readonly total: number }
>({
  module: import.meta.url,
  name: 'pageOfHits',
  async run(tx, { own, byTrace, forms, limit, offset }) {
    const first = newestFirst(own, new Set())
    const ownSeqs = new Set(first)
    const then = newestFirst(byTrace, ownSeqs)
    const seqs = [...first.slice(offset), ...then.slice(Math.max(0, offset - first.length))]
    const results = await loadFound(tx, seqs.slice(0, limit), ownSeqs, forms)
    return { results, total: first.length + then.length }
  },
})

async function loadFound(
  tx: Tx,
  seqs: readonly number[],
  ownSeqs: ReadonlySet<number>,
  forms: SearchForms,
): Promise<FoundSpan[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .select(['seq', 'span_id', 'trace_id', 'name'])
    .where(anyOf(tx.dialect, 'seq', seqs))
    .execute()
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  const found: FoundSpan[] = []
  for (const seq of seqs) {
    const row = bySeq.get(seq)
    if (!row) continue
    // One text at a time: a page of the largest spans would not fit into memory.
    const attributesJson = ownSeqs.has(seq) ? await attributesOf(tx, seq) : undefined
    const context = matchContext(forms, { name: row.name, attributesJson })
    found.push({
      traceId: row.trace_id,
      spanId: row.span_id,
      name: row.name,
      matchContext: context,
    })
  }
  return found
}

async function attributesOf(tx: Tx, seq: number): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('span_payloads')
    .select(['attributes', 'mapped'])
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row && joinObjects(row.attributes, row.mapped)
}

/** Sequence numbers by start time, latest first; of the same start the first arrival first. */
function newestFirst(hits: Float64Array, without: ReadonlySet<number>): number[] {
  const pairs: [number, number][] = []
  const seen = new Set(without)
  for (let index = 0; index < hits.length; index += 2) {
    const seq = Number(hits[index])
    if (seen.has(seq)) continue
    seen.add(seq)
    pairs.push([seq, Number(hits[index + 1])])
  }
  pairs.sort(([leftSeq, left], [rightSeq, right]) => right - left || leftSeq - rightSeq)
  return pairs.map(([seq]) => seq)
}

function isOn(dialect: Dialect, page: StretchPage): RawBuilder<SqlBool> {
  return page.kind === 'seqs'
    ? anyOf(dialect, 'spans.seq', page.seqs)
    : sql<SqlBool>`spans.seq between ${page.from} and ${page.to}`
}

/** Comes last among the conditions: only spans that match are asked for their owner. */
function isReached(reach: Reach): RawBuilder<SqlBool> {
  const ownerKey = reach === 'all' ? null : reach.ownerKey
  return sql<SqlBool>`exists (select 1 from traces
    where traces.trace_id = spans.trace_id and traces.owner_key = ${ownerKey})`
}
