import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { indexLag, waitUntilIndexed } from './support/index-lag.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { countStoredSpans, durabilityOf } from './support/stored.ts'
import { fileSystemOf } from './support/temporary-folder.ts'

const mostMs = 5
const requests = 300
const warmUpRequests = 50

export const traceList: Bench = {
  name: 'trace-list',
  target: `GET /v1/traces, first page of 50,000 traces with 1,000,000 spans: p50 <= ${mostMs} ms`,
  run: measure,
}

async function measure({ seeds, nodeFlags, say }: Desk): Promise<BenchResult> {
  const { dataDir, shape } = await seeds.manySpans()
  await using server = await startServer({ dataDir, nodeFlags })
  const indexedSeconds = await waitUntilIndexed(dataDir, 120)
  say(`the search index was complete after ${rounded(indexedSeconds)} s`)
  using lane = await Lane.open(server.port)
  for (let warmUp = 0; warmUp < warmUpRequests; warmUp++) await lane.get('/v1/traces')
  const cpuBefore = server.cpuSeconds()
  const tookMs: number[] = []
  let bodyBytes = 0
  for (let request = 0; request < requests; request++) {
    const startedMs = performance.now()
    const body = await lane.get('/v1/traces')
    tookMs.push(performance.now() - startedMs)
    bodyBytes = body.byteLength
  }
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  const lag = indexLag(dataDir)
  await server.stop()
  const p50Ms = rounded(percentile(tookMs, 0.5), 2)
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached: p50Ms <= mostMs,
    figures: {
      p50Ms,
      p99Ms: rounded(percentile(tookMs, 0.99), 2),
      cpuMsPerRequest: rounded((cpuSeconds * 1000) / requests, 2),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      traces: shape.traces,
      rowsAfterRestart: await countStoredSpans(place),
      attributesBytes: shape.attributesBytes,
      seeded: 'rows written past the server, with small payloads',
      replyBytes: bodyBytes,
      indexLagSpans: lag,
      indexedSeconds: rounded(indexedSeconds),
      peakRssMiB,
    },
  }
}
