import type { SpanStatus, SpanType } from '@pharos/contract/vocabulary.ts'
import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Reach } from './reach.ts'
import { toSpan, toSpanType, toStatus } from './rows.ts'
import type { PromptVersion, Span } from './span.ts'
import type { TraceTotals } from './trace-head.ts'

/** Selects whole spans of the traces that may be reached. */
function wholeSpans(tx: Tx, reach: Reach) {
  return tx.db
    .selectFrom('spans')
    .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
    .selectAll('spans')
    .select(['span_payloads.attributes', 'span_payloads.mapped'])
    .$if(reach !== 'all', (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('traces')
            .select('traces.seq')
            .whereRef('traces.trace_id', '=', 'spans.trace_id')
            .where('traces.owner_key', '=', reach === 'all' ? '' : reach.ownerKey),
        ),
      ),
    )
}

export async function findSpan(tx: Tx, spanId: string, reach: Reach): Promise<Span | undefined> {
  const row = await wholeSpans(tx, reach).where('span_id', '=', spanId).executeTakeFirst()
  return row && toSpan(row)
}

/** Spans by id, in no order; unknown ones are left out. */
export async function findSpans(tx: Tx, spanIds: readonly string[]): Promise<Span[]> {
  const rows = await wholeSpans(tx, 'all')
    .where(anyOf(tx.dialect, 'span_id', [...new Set(spanIds)]))
    .execute()
  return rows.map(toSpan)
}

/** Deletes a span with its payload, prompt versions and log, and leaves its trace as it is. */
export async function deleteSpanRow(tx: Tx, spanId: string): Promise<void> {
  await tx.db.deleteFrom('spans').where('span_id', '=', spanId).execute()
}

/** What names a trace and how far its spans reach, from the rows; undefined without any span. */
export async function boundsOfSpans(
  tx: Tx,
  traceId: string,
): Promise<
  | Pick<TraceTotals, 'name' | 'nameStart' | 'nameSpanId' | 'nameIsRoot' | 'startTime' | 'endTime'>
  | undefined
> {
  const naming = await tx.db
    .selectFrom('spans')
    .select(['name', 'start_time', 'span_id', 'parent_span_id'])
    .where('trace_id', '=', traceId)
    .orderBy(({ eb }) => eb.case().when('parent_span_id', 'is', null).then(0).else(1).end())
    .orderBy('start_time')
    .orderBy('span_id')
    .limit(1)
    .executeTakeFirst()
  if (naming === undefined) return undefined
  const { start_time: startTime, end_time: endTime } = await tx.db
    .selectFrom('spans')
    .select(({ fn }) => [fn.min('start_time').as('start_time'), fn.max('end_time').as('end_time')])
    .where('trace_id', '=', traceId)
    .executeTakeFirstOrThrow()
  return {
    name: naming.name,
    nameStart: naming.start_time,
    nameSpanId: naming.span_id,
    nameIsRoot: naming.parent_span_id === null,
    startTime,
    endTime,
  }
}

/** Where a page of a trace's spans begins: behind this one. */
export interface SpanPosition {
  readonly startTime: number
  readonly seq: number
}

/** Spans of one trace by start, ties in the order of arrival. */
export async function pageOfSpans(
  tx: Tx,
  traceId: string,
  after: SpanPosition | undefined,
  limit: number,
): Promise<Span[]> {
  const rows = await wholeSpans(tx, 'all')
    .where('trace_id', '=', traceId)
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('spans.start_time', 'spans.seq'),
          '>',
          tuple(after?.startTime ?? 0, after?.seq ?? 0),
        ),
      ),
    )
    .orderBy('start_time')
    .orderBy('spans.seq')
    .limit(limit)
    .execute()
  return rows.map(toSpan)
}

/** The span without its payload, as far as a graph draws it. */
export interface GraphRow {
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly spanType: SpanType
  readonly name: string
  readonly status: SpanStatus
  readonly startTime: number
  readonly endTime: number | null
  /** As the client said, or else as computed. */
  readonly costUsd: number | null
  readonly framework: string | null
}

export async function graphRows(tx: Tx, traceId: string): Promise<GraphRow[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .select([
      'span_id as spanId',
      'parent_span_id as parentSpanId',
      'span_type as spanType',
      'name',
      'status',
      'start_time as startTime',
      'end_time as endTime',
      'framework',
    ])
    .select(({ fn }) => fn.coalesce('cost_usd', 'computed_cost_usd').as('costUsd'))
    .where('trace_id', '=', traceId)
    .orderBy('start_time')
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({
    ...row,
    spanType: toSpanType(row.spanType),
    status: toStatus(row.status),
  }))
}

export async function setAnnotations(
  tx: Tx,
  spanId: string,
  annotationsJson: string,
): Promise<void> {
  await tx.db
    .updateTable('spans')
    .set({ annotations: annotationsJson })
    .where('span_id', '=', spanId)
    .execute()
}

/** Newest first; of two saved at the same moment the later one first. */
export async function promptVersionsOf(tx: Tx, spanId: string): Promise<PromptVersion[]> {
  const rows = await tx.db
    .selectFrom('prompt_versions')
    .selectAll()
    .where('span_id', '=', spanId)
    .orderBy('created_at', 'desc')
    .orderBy('seq', 'desc')
    .execute()
  return rows.map((row) => ({
    versionId: row.version_id,
    spanId: row.span_id,
    promptText: row.prompt_text,
    label: row.label,
    createdAt: row.created_at,
  }))
}

/** Those whose id is taken already are left out. */
export async function addPromptVersions(tx: Tx, versions: readonly PromptVersion[]): Promise<void> {
  const seqs = await tx.allocate('prompt_versions', versions.length)
  const rows = versions.flatMap((version, index) => {
    const seq = seqs[index]
    return seq === undefined ? [] : [toRow(seq, version)]
  })
  await tx.insertMany('prompt_versions', rows, 'ignore')
}

function toRow(seq: number, version: PromptVersion): Schema['prompt_versions'] {
  return {
    seq,
    version_id: version.versionId,
    span_id: version.spanId,
    prompt_text: version.promptText,
    label: version.label,
    created_at: version.createdAt,
  }
}
