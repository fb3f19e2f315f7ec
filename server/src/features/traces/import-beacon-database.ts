import { DomainError } from '../../platform/domain-error.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import { allow, type Uses } from '../identity/index.ts'
import { findSetting, keepSetting } from '../settings/index.ts'
import { openBeaconFile, type BeaconFile } from './beacon-file.ts'
import { readBeaconFacts, readBeaconTraces, type BeaconTrace } from './beacon-pages.ts'
import { addTallies, noTally, saveBeaconTraces, type ImportTally } from './save-beacon-traces.ts'

const doneKey = 'beacon_database_import'
const tellEverySpans = 5_000

/** What an import came to. Only `imported` is remembered and never done again. */
export type BeaconDatabaseImport =
  | { readonly outcome: 'done-before' | 'no-file' | 'stopped' }
  | { readonly outcome: 'unusable-file'; readonly reason: string }
  | (ImportTally & {
      readonly outcome: 'imported' | 'incomplete'
      /** Replays in the file, which stay there until they can be taken over. */
      readonly replays: number
    })

export interface BeaconDatabaseOptions {
  readonly path: string
  /** A folder for a copy of the file, should it have to be repaired to be read. */
  readonly scratchDir: string
  readonly workroom: Pick<Workroom, 'run'>
  /** Stops between two transactions. */
  readonly signal: AbortSignal
  /** Told now and then how far it is. */
  readonly onProgress: (tally: ImportTally, spansInFile: number) => void
}

type Powers = Uses<'db' | 'clock' | 'caller'>

/**
 * Takes the traces of an existing Beacon database over, once in the life of a store; the file
 * stays as it is. It may be stopped or killed at any time: a trace is stored whole or not at all,
 * one that is there already is left alone, and only the end is remembered, so the next start goes
 * on. Source: beacon contract §2.1.
 */
export async function importBeaconDatabase(
  ctx: Powers,
  options: BeaconDatabaseOptions,
): Promise<BeaconDatabaseImport> {
  allow(ctx.caller, 'traces:write')
  allow(ctx.caller, 'settings:manage')
  if ((await ctx.db.read((tx) => findSetting(tx, doneKey))) !== undefined) {
    return { outcome: 'done-before' }
  }
  try {
    await using beacon = await openBeaconFile(options.path, options.scratchDir)
    if (!beacon) return { outcome: 'no-file' }
    return await importFile(ctx, options, beacon)
  } catch (error) {
    if (options.signal.aborted) return { outcome: 'stopped' }
    if (!(error instanceof DomainError) || error.code !== 'precondition') throw error
    return { outcome: 'unusable-file', reason: error.message }
  }
}

async function importFile(
  ctx: Powers,
  options: BeaconDatabaseOptions,
  { file }: BeaconFile,
): Promise<BeaconDatabaseImport> {
  const { workroom, signal, onProgress } = options
  const facts = await workroom.run(readBeaconFacts, file)
  const source = { file, workroom, signal }
  let tally = noTally
  let toldAt = 0
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    if (signal.aborted) return { outcome: 'stopped' }
    const page: readonly BeaconTrace[] = await workroom.run(readBeaconTraces, { file, after })
    const last = page.at(-1)
    if (!last) break
    tally = addTallies(tally, await saveBeaconTraces(ctx, source, page))
    after = last.row
    if (tally.spans - toldAt < tellEverySpans) continue
    toldAt = tally.spans
    onProgress(tally, facts.spanCount)
  }
  const replays = facts.replayCount
  if (tally.failedTraces > 0) return { outcome: 'incomplete', replays, ...tally }
  await remember(ctx, options.path, replays)
  return { outcome: 'imported', replays, ...tally }
}

async function remember(ctx: Powers, path: string, replays: number): Promise<void> {
  const at = ctx.clock.nowSeconds()
  const value = JSON.stringify({ at, path, replays: replays > 0 ? 'pending' : 'none' })
  await ctx.db.write((tx) => keepSetting(tx, { key: doneKey, value, at }))
}

/** The Beacon file whose traces were taken over while its replays were not; undefined if none. */
export async function fileOfPendingReplays(ctx: Uses<'db'>): Promise<string | undefined> {
  const setting = await ctx.db.read((tx) => findSetting(tx, doneKey))
  if (setting === undefined) return undefined
  // Written by `remember` alone.
  const { path, replays } = JSON.parse(setting) as { path: string; replays: string }
  return replays === 'pending' ? path : undefined
}
