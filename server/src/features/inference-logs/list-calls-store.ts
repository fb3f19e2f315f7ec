import { sql, type SelectQueryBuilder } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Dialect, type Tx } from '../../platform/db/database.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { findSpans, findTraces } from '../traces/index.ts'
import { chooseLogs, logsBySeq, type LogSelection, type PageOfLogsInput } from './list-store.ts'
import { logOfSpan } from './log-of-span.ts'
import type { ListedLog } from './log.ts'

/** As `pageOfLogs`, over logs and the model calls that tracers told of, together. */
export const pageOfCalls = defineTask<PageOfLogsInput, ListedLog[]>({
  module: import.meta.url,
  name: 'pageOfCalls',
  async run(tx, { selection, limit, offset }) {
    // Each half by its own index, and no more of it than the page may need.
    const logs = chooseLogs(tx.dialect, tx.db.selectFrom('inference_logs'), selection)
      .select([
        'inference_logs.created_at as at',
        sql<number>`1`.as('is_log'),
        'inference_logs.seq',
      ])
      .orderBy('inference_logs.created_at', 'desc')
      .orderBy('inference_logs.seq', 'desc')
      .limit(offset + limit)
    const told = chooseSpans(tx.dialect, tx.db.selectFrom('spans'), selection)
      .select(['spans.start_time as at', sql<number>`0`.as('is_log'), 'spans.seq'])
      .orderBy('spans.start_time', 'desc')
      .orderBy('spans.seq', 'desc')
      .limit(offset + limit)
    const both = tx.db
      .selectFrom(logs.as('logs'))
      .selectAll()
      .unionAll(tx.db.selectFrom(told.as('told')).selectAll())
    const keys = await tx.db
      .selectFrom(both.as('calls'))
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('is_log', 'desc')
      .orderBy('seq', 'desc')
      .limit(limit)
      .offset(offset)
      .execute()
    const seqsOf = (isLog: number): number[] =>
      keys.filter((key) => key.is_log === isLog).map(({ seq }) => seq)
    const stored = new Map((await logsBySeq(tx, seqsOf(1))).map((log) => [log.seq, log]))
    const others = new Map((await toldBySeq(tx, seqsOf(0))).map((log) => [log.seq, log]))
    return keys.flatMap(({ is_log: isLog, seq }) => (isLog === 1 ? stored : others).get(seq) ?? [])
  },
})

type SpanQuery<O> = SelectQueryBuilder<Schema, 'spans', O>

/** No mod and no collection ever has one of these. */
function chooseSpans<O>(
  dialect: Dialect,
  query: SpanQuery<O>,
  { ownerKey, model, mod, status, from, to, spanSeqs }: LogSelection,
): SpanQuery<O> {
  let chosen = query
    .where('spans.span_type', '=', 'llm_call')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('inference_logs')
            .select('inference_logs.seq')
            .whereRef('inference_logs.span_id', '=', 'spans.span_id'),
        ),
      ),
    )
  if (ownerKey !== undefined) {
    chosen = chosen.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('traces')
          .select('traces.seq')
          .whereRef('traces.trace_id', '=', 'spans.trace_id')
          .where('traces.owner_key', '=', ownerKey),
      ),
    )
  }
  if (mod !== undefined) chosen = chosen.where(sql<boolean>`1 = 0`)
  if (model !== undefined) chosen = chosen.where('spans.model', '=', model)
  if (status !== undefined) chosen = chosen.where('spans.status', '=', status)
  if (from !== undefined) chosen = chosen.where('spans.start_time', '>=', from)
  if (to !== undefined) chosen = chosen.where('spans.start_time', '<', to)
  return spanSeqs === undefined ? chosen : chosen.where(anyOf(dialect, 'spans.seq', spanSeqs))
}

async function toldBySeq(tx: Tx, seqs: readonly number[]): Promise<ListedLog[]> {
  if (seqs.length === 0) return []
  const ids = await tx.db
    .selectFrom('spans')
    .select('span_id')
    .where(anyOf(tx.dialect, 'seq', seqs))
    .execute()
  const spans = await findSpans(
    tx,
    ids.map((row) => row.span_id),
  )
  const traces = await findTraces(tx, [...new Set(spans.map(({ traceId }) => traceId))], 'all')
  const owners = new Map(traces.map(({ traceId, ownerKey }) => [traceId, ownerKey]))
  return spans.map((span) => {
    const log = logOfSpan(span, owners.get(span.traceId) ?? null)
    return { ...log, seq: span.seq, discussionCount: 0 }
  })
}
