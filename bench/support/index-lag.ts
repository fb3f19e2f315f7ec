import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseFile } from './stored.ts'

const restMs = 250
/** So many looks without progress mean that what is left fills no segment of the index. */
const looksWithoutProgress = 8

/** Spans that are stored and not yet in the search index. */
export function indexLag(dataDir: string): number {
  using database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const newest = Number(database.prepare('select max(seq) as seq from spans').get()?.['seq'])
  return newest - indexedUpTo(dataDir)
}

function indexedUpTo(dataDir: string): number {
  const path = join(dataDir, 'search.db')
  if (!existsSync(path)) return 0
  using index = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  return Number(index.prepare('select last_seq from progress').get()?.['last_seq'])
}

/** Waits until the index does not come any further; gives the seconds that this took. */
export async function waitUntilIndexed(dataDir: string, limitSeconds: number): Promise<number> {
  const startedMs = performance.now()
  let best = Number.POSITIVE_INFINITY
  let bestMs = startedMs
  for (let idle = 0; idle < looksWithoutProgress; idle++) {
    await sleep(restMs)
    const lag = indexLag(dataDir)
    if (performance.now() - startedMs > limitSeconds * 1000) {
      throw new Error(`After ${limitSeconds} s the search index still lacks ${lag} spans`)
    }
    if (lag >= best) continue
    best = lag
    bestMs = performance.now()
    idle = -1
  }
  return (bestMs - startedMs) / 1000
}

/** Keeps servers on this folder from having an index: its file cannot be where a folder is. */
export async function withholdIndex(dataDir: string): Promise<void> {
  await mkdir(join(dataDir, 'search.db'))
}
