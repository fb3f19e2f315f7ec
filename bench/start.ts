import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { countStoredSpans, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMsEmpty = 1_000
const mostMsFull = 1_500

export const start: Bench = {
  name: 'start',
  target: `node server/src/main.ts until ready: p50 <= ${mostMsEmpty} ms on an empty folder, <= ${mostMsFull} ms with 1,000,000 spans`,
  run: measure,
}

async function measure({ scale, seeds, nodeFlags, say }: Desk): Promise<BenchResult> {
  const starts = scale === 'full' ? 7 : 2
  await using scratch = await temporaryFolder()
  const compileCache = join(scratch.path, 'compile-cache')
  const startOn = async (dataDir: string): Promise<number> => {
    await using server = await startServer({ dataDir, nodeFlags, compileCache })
    // The cache of compiled code is written by a process that ends in order.
    await server.stop()
    return server.readyMs
  }
  const emptyMs: number[] = []
  for (let turn = 0; turn <= starts; turn++) {
    const dataDir = join(scratch.path, `empty-${turn}`)
    await mkdir(dataDir, { mode: 0o700 })
    emptyMs.push(await startOn(dataDir))
  }
  const [firstMs = Number.NaN, ...laterMs] = emptyMs
  say(`empty folder: ${laterMs.map((ms) => rounded(ms, 0)).join(' ')} ms`)
  const { dataDir } = await seeds.manySpans()
  const fullMs: number[] = []
  for (let turn = 0; turn < starts; turn++) fullMs.push(await startOn(dataDir))
  const emptyP50Ms = rounded(percentile(laterMs, 0.5), 0)
  const fullP50Ms = rounded(percentile(fullMs, 0.5), 0)
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached: emptyP50Ms <= mostMsEmpty && fullP50Ms <= mostMsFull,
    figures: {
      emptyP50Ms,
      fullP50Ms,
      emptyMaxMs: rounded(Math.max(...laterMs), 0),
      fullMaxMs: rounded(Math.max(...fullMs), 0),
      veryFirstMs: rounded(firstMs, 0),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      rowsAfterRestart: await countStoredSpans(place),
      starts,
      meaning: 'veryFirst: no compiled code was cached yet',
    },
  }
}
