import { DomainError } from '../../platform/domain-error.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import { allow, type Uses } from '../identity/index.ts'
import { findSetting, keepSetting } from '../settings/index.ts'
import { fileOfPendingReplays, openBeaconFile } from '../traces/index.ts'
import { readBeaconReplays, type BeaconReplay } from './beacon-replays.ts'
import { insertReplayRuns, tracesOfSpans } from './store.ts'

const doneKey = 'beacon_replays_import'

/** What an import came to. Only `imported` is remembered and never done again. */
export type BeaconReplaysImport =
  | { readonly outcome: 'nothing-to-do' | 'no-file' | 'stopped' }
  | { readonly outcome: 'unusable-file'; readonly reason: string }
  | { readonly outcome: 'imported'; readonly replays: number }

export interface BeaconReplaysOptions {
  /** A folder for a copy of the file, should it have to be repaired to be read. */
  readonly scratchDir: string
  readonly workroom: Pick<Workroom, 'run'>
  /** Stops between two transactions. */
  readonly signal: AbortSignal
}

/**
 * Takes over the replays of the Beacon database whose traces were taken over before, once in the
 * life of a store. Those of spans that are gone are left out. It may be stopped at any time and
 * goes on at the next start. Source: beacon contract §2.1.
 */
export async function importBeaconReplays(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  options: BeaconReplaysOptions,
): Promise<BeaconReplaysImport> {
  allow(ctx.caller, 'traces:write')
  const path = await fileOfPendingReplays(ctx)
  const isDone = (await ctx.db.read((tx) => findSetting(tx, doneKey))) !== undefined
  if (path === undefined || isDone) return { outcome: 'nothing-to-do' }
  try {
    await using beacon = await openBeaconFile(path, options.scratchDir)
    if (!beacon) return { outcome: 'no-file' }
    let replays = 0
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      if (options.signal.aborted) return { outcome: 'stopped' }
      const page = await options.workroom.run(readBeaconReplays, { file: beacon.file, after })
      const last = page.at(-1)
      if (!last) break
      replays += await savePage(ctx, page)
      after = last.row
    }
    const at = ctx.clock.nowSeconds()
    const value = JSON.stringify({ at, path, replays })
    await ctx.db.write((tx) => keepSetting(tx, { key: doneKey, value, at }))
    return { outcome: 'imported', replays }
  } catch (error) {
    if (options.signal.aborted) return { outcome: 'stopped' }
    if (!(error instanceof DomainError) || error.code !== 'precondition') throw error
    return { outcome: 'unusable-file', reason: error.message }
  }
}

/** The traces may have been named otherwise by now; a run always lies in its span's. */
async function savePage(ctx: Uses<'db'>, page: readonly BeaconReplay[]): Promise<number> {
  return ctx.db.write(async (tx) => {
    const traces = await tracesOfSpans(
      tx,
      page.map(({ run }) => run.originalSpanId),
    )
    const runs = page.flatMap(({ run }) => {
      const traceId = traces.get(run.originalSpanId)
      return traceId === undefined ? [] : [{ ...run, traceId }]
    })
    return insertReplayRuns(tx, runs)
  })
}
