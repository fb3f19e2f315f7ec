import type { Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { ReplayRunsTable } from '../../platform/db/schema.ts'
import type { ReplayRun } from './replay-run.ts'

/** Stores runs; those whose id is taken already are left out. Gives the number stored. */
export async function insertReplayRuns(tx: Tx, runs: readonly ReplayRun[]): Promise<number> {
  const seqs = await tx.allocate('replay_runs', runs.length)
  const rows = runs.flatMap((run, index) => {
    const seq = seqs[index]
    return seq === undefined ? [] : [toRow(seq, run)]
  })
  return tx.insertMany('replay_runs', rows, 'ignore')
}

export async function replayRunsOf(
  tx: Tx,
  spanId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly runs: ReplayRun[]; readonly total: number }> {
  const ofSpan = tx.db.selectFrom('replay_runs').where('original_span_id', '=', spanId)
  const { total } = await ofSpan
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await ofSpan
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { runs: rows.map(fromRow), total: Number(total) }
}

export async function findReplayRun(tx: Tx, replayId: string): Promise<ReplayRun | undefined> {
  const row = await tx.db
    .selectFrom('replay_runs')
    .selectAll()
    .where('replay_id', '=', replayId)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The replay that left this span, if one did. */
export async function replayThatLeft(tx: Tx, spanId: string): Promise<ReplayRun | undefined> {
  const row = await tx.db
    .selectFrom('replay_runs')
    .selectAll()
    .where('replay_span_id', '=', spanId)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Those of the spans that are stored, with their traces. */
export async function tracesOfSpans(
  tx: Tx,
  spanIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.db
    .selectFrom('spans')
    .select(['span_id', 'trace_id'])
    .where(anyOf(tx.dialect, 'span_id', [...new Set(spanIds)]))
    .execute()
  return new Map(rows.map((row) => [row.span_id, row.trace_id]))
}

function toRow(seq: number, run: ReplayRun): Selectable<ReplayRunsTable> {
  return {
    seq,
    replay_id: run.replayId,
    original_span_id: run.originalSpanId,
    trace_id: run.traceId,
    replay_span_id: run.replaySpanId,
    modified_input: run.modifiedInputJson,
    new_output: run.newOutputJson,
    diff: run.diffJson,
    created_at: run.createdAt,
  }
}

function fromRow(row: Selectable<ReplayRunsTable>): ReplayRun {
  return {
    replayId: row.replay_id,
    originalSpanId: row.original_span_id,
    traceId: row.trace_id,
    replaySpanId: row.replay_span_id,
    modifiedInputJson: row.modified_input,
    newOutputJson: row.new_output,
    diffJson: row.diff,
    createdAt: row.created_at,
  }
}
