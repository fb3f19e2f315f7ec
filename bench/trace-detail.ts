import { DatabaseSync } from 'node:sqlite'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { seedDatabase } from './support/seed.ts'
import { startServer } from './support/server-child.ts'
import { countStoredSpans, databaseFile, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMs = 200
const requests = 20
const attributesBytes = 1782

export const traceDetail: Bench = {
  name: 'trace-detail',
  target: `GET /v1/traces/{id} with 10,000 spans of 2 KB: p50 to the last byte <= ${mostMs} ms`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const spansPerTrace = scale === 'full' ? 10_000 : 500
  const shape = { traces: 1, spansPerTrace, attributesBytes }
  await seedDatabase(databaseFile(dataDir), shape, SampleText.load(4))
  const path = `/v1/traces/${onlyTraceId(dataDir)}`
  await using server = await startServer({ dataDir, nodeFlags })
  using lane = await Lane.open(server.port)
  const firstMs = await timed(lane, path)
  say(`the first request took ${rounded(firstMs.tookMs)} ms`)
  const cpuBefore = server.cpuSeconds()
  const tookMs: number[] = []
  for (let request = 0; request < requests; request++) {
    tookMs.push((await timed(lane, path)).tookMs)
  }
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  const p50Ms = rounded(percentile(tookMs, 0.5))
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached: p50Ms <= mostMs,
    figures: {
      p50Ms,
      maxMs: rounded(Math.max(...tookMs)),
      firstMs: rounded(firstMs.tookMs),
      cpuMsPerRequest: rounded((cpuSeconds * 1000) / requests),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      rowsAfterRestart: await countStoredSpans(place),
      replyBytes: firstMs.bytes,
      peakRssMiB,
    },
  }
}

async function timed(lane: Lane, path: string): Promise<{ tookMs: number; bytes: number }> {
  const startedMs = performance.now()
  const body = await lane.get(path)
  return { tookMs: performance.now() - startedMs, bytes: body.byteLength }
}

function onlyTraceId(dataDir: string): string {
  using database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  return String(database.prepare('select trace_id from traces').get()?.['trace_id'])
}
