import type { ActivationRun } from './activation-run.ts'
import { asking, runNotFound } from './faults.ts'
import type { ReadingContext } from './powers.ts'
import { allowExplorer, reachOf } from './reach.ts'
import { findRun, pageOfRuns, type RunFilter, type RunPosition } from './store.ts'

export interface RunPage {
  readonly runs: readonly ActivationRun[]
  /** Where the next page begins; undefined on the last. */
  readonly next: RunPosition | undefined
}

/** Runs within the caller's reach, the newest first, failed ones too. */
export async function listRuns(
  ctx: ReadingContext,
  filter: RunFilter,
  { limit, after }: { readonly limit: number; readonly after: RunPosition | undefined },
): Promise<RunPage> {
  allowExplorer(ctx)
  const found = await asking(ctx, 'INDEX_READ_FAILED', () =>
    ctx.db.read((tx) => pageOfRuns(tx, filter, reachOf(ctx.caller), { limit: limit + 1, after })),
  )
  const runs = found.slice(0, limit)
  return { runs, next: found.length > limit ? runs.at(-1) : undefined }
}

/** One run. Throws `not-found`. */
export async function getRun(ctx: ReadingContext, requestId: string): Promise<ActivationRun> {
  allowExplorer(ctx)
  const run = await asking(ctx, 'INDEX_READ_FAILED', () =>
    ctx.db.read((tx) => findRun(tx, requestId, reachOf(ctx.caller))),
  )
  if (!run) throw runNotFound()
  return run
}
