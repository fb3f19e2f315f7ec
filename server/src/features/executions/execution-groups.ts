import { defineGroup } from '../../platform/db/database.ts'
import { completeJobs, eachJobOnce, type Completion } from '../../platform/jobs/job-store.ts'
import { findVersion, type FoundVersion } from '../prompts/index.ts'
import { toExecution, type Execution } from './execution.ts'
import { executionsEnded } from './execution-ends.ts'
import { isOpen, lockExecutions, markRunning, openExecutionIds, openExecutions } from './store.ts'

export interface StartAsk {
  readonly executionId: string
  /** Unix seconds. */
  readonly at: number
}

/** An execution that runs now, with the version of its prompt where that is still there. */
export interface Started {
  readonly execution: Execution
  readonly version: FoundVersion | null
}

/**
 * Marks executions as running; null for one that has ended or is gone. A mark that is lost with the
 * power is made again with the next attempt.
 */
export const startGroup = defineGroup<StartAsk, Started | null>({
  module: import.meta.url,
  name: 'startGroup',
  survives: 'process-crash',
  gathersMs: 1,
  async run(tx, asks) {
    const ids = asks.map(({ executionId }) => executionId)
    const rows = await openExecutions(tx, ids)
    const latest = Math.max(...asks.map(({ at }) => at))
    await markRunning(tx, [...rows.keys()], latest)
    const versions = new Map<string, FoundVersion | null>()
    const replies: (Started | null)[] = []
    for (const id of ids) {
      const row = rows.get(id)
      if (row === undefined) {
        replies.push(null)
        continue
      }
      const execution = { ...toExecution(row), status: 'running', startedAt: latest } as const
      const { promptId, promptVersion } = execution
      if (promptId === null || promptVersion === null) {
        replies.push({ execution, version: null })
        continue
      }
      const key = `${promptId} ${promptVersion}`
      const known = versions.get(key)
      const version =
        known === undefined ? ((await findVersion(tx, promptId, promptVersion)) ?? null) : known
      versions.set(key, version)
      replies.push({ execution, version })
    }
    return { replies, events: [] }
  },
})

/** How an execution was completed. */
export interface CompletedExecution {
  readonly executionId: string
  readonly completion: Completion
  readonly end: CompletedColumns
}

export interface CompletedColumns {
  readonly result: string
  readonly result_valid: number
  readonly result_validation_message: string | null
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cost_usd: number | null
  readonly trace_id: string
  readonly span_id: string
}

/** The columns of an execution that is completed. */
export function completedColumns(end: CompletedColumns, at: number) {
  return { ...end, status: 'completed', error_message: null, completed_at: at, updated_at: at }
}

/**
 * Completes executions and their jobs as one; false for a job that is another's by now, or was
 * cancelled a moment ago and so ends as its execution has.
 */
export const completeGroup = defineGroup<CompletedExecution, boolean>({
  module: import.meta.url,
  name: 'completeGroup',
  gathersMs: 1,
  async run(tx, ends) {
    const replies: boolean[] = []
    const completed: string[] = []
    for (const some of eachJobOnce(ends, ({ completion }) => completion.id)) {
      const ours = await completeJobs(
        tx,
        some.map(({ completion }) => completion),
        { sparesCancelled: true },
      )
      replies.push(...some.map(({ completion }) => ours.has(completion.id)))
      const kept = some.filter(({ completion }) => ours.has(completion.id))
      const open = await openExecutionIds(
        tx,
        kept.map(({ executionId }) => executionId),
      )
      // Their ends are never written twice.
      const saved = kept.filter(({ executionId }) => open.has(executionId))
      await tx.updateMany(
        'executions',
        'id',
        saved.map(({ executionId: id, completion, end }) => {
          return { id, ...completedColumns(end, completion.at) }
        }),
      )
      completed.push(...saved.map(({ executionId }) => executionId))
    }
    const events = completed.length === 0 ? [] : [executionsEnded(completed)]
    return { replies, events }
  },
})

/**
 * Where a call went that came to nothing; `status` is what the execution shows from now on, unless it
 * was cancelled: then it learns where its call went, and stays as it is.
 */
export interface AttemptNote {
  readonly executionId: string
  readonly status: 'pending' | 'running'
  readonly traceId: string | null
  readonly spanId: string | null
  readonly at: number
}

export const attemptGroup = defineGroup<AttemptNote, null>({
  module: import.meta.url,
  name: 'attemptGroup',
  survives: 'process-crash',
  async run(tx, notes) {
    const rows = await lockExecutions(
      tx,
      notes.map(({ executionId }) => executionId),
    )
    await tx.updateMany(
      'executions',
      'id',
      notes.flatMap(({ executionId: id, status, traceId, spanId, at }) => {
        const row = rows.get(id)
        if (row === undefined || row.status === 'completed') return []
        const { started_at, updated_at } = row
        const waits = status === 'pending'
        const shown = isOpen(row)
          ? { status, started_at: waits ? null : started_at, updated_at: at }
          : { status: row.status, started_at, updated_at }
        const place = { trace_id: traceId ?? row.trace_id, span_id: spanId ?? row.span_id }
        return { id, ...shown, ...place }
      }),
    )
    return { replies: notes.map(() => null), events: [] }
  },
})
