import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { indexLag, waitUntilIndexed, withholdIndex } from './support/index-lag.ts'
import { Lane } from './support/lane.ts'
import { batches, postFor } from './support/load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer } from './support/server-child.ts'
import { countStoredSpans, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMsIndexed = 200
const mostMsUnindexed = 1_200
const leastIngestShare = 0.8
const mostHits = 1_000

export const search: Bench = {
  name: 'search',
  target: `phrase among 200,000 spans of 2 KB, under ${mostHits} hits: p50 <= ${mostMsIndexed} ms indexed, <= ${mostMsUnindexed} ms with nothing indexed; ingest with indexing >= ${leastIngestShare} of without`,
  run: measure,
}

async function measure(desk: Desk): Promise<BenchResult> {
  const { dataDir, shape } = await desk.seeds.muchText()
  await removeIndex(dataDir)
  const indexed = await withIndex(desk, dataDir)
  desk.say(`indexed p50 ${rounded(percentile(indexed.tookMs, 0.5))} ms`)
  await removeIndex(dataDir)
  const unindexed = await withoutIndex(desk, dataDir, indexed.phrases)
  desk.say(`unindexed p50 ${rounded(percentile(unindexed.tookMs, 0.5))} ms`)
  const ingest = await ingestOnAndOff(desk)
  const figures = {
    indexedP50Ms: rounded(percentile(indexed.tookMs, 0.5)),
    unindexedP50Ms: rounded(percentile(unindexed.tookMs, 0.5)),
    ingestShare: rounded(ingest.on / ingest.off, 2),
    indexedP90Ms: rounded(percentile(indexed.tookMs, 0.9)),
    unindexedP90Ms: rounded(percentile(unindexed.tookMs, 0.9)),
    whileIndexingMs: rounded(indexed.whileIndexingMs),
    indexingSeconds: rounded(indexed.indexingSeconds),
    ingestSpansPerSecondOn: ingest.on,
    ingestSpansPerSecondOff: ingest.off,
  }
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached:
      figures.indexedP50Ms <= mostMsIndexed &&
      figures.unindexedP50Ms <= mostMsUnindexed &&
      figures.ingestShare >= leastIngestShare,
    figures,
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      rowsAfterRestart: await countStoredSpans(place),
      attributesBytes: shape.attributesBytes,
      queries: indexed.phrases.length,
      medianHits: indexed.medianHits,
      indexLagSpans: indexed.lag,
      indexLagSpansAfterIngest: ingest.lag,
      ingestBodyBytes: ingest.bodyBytes,
      peakRssMiB: rounded(indexed.peakRssMiB, 0),
      seeded: 'rows written past the server',
    },
  }
}

async function withIndex({ scale, nodeFlags, say }: Desk, dataDir: string) {
  const text = SampleText.load(5)
  await using server = await startServer({ dataDir, nodeFlags })
  using lane = await Lane.open(server.port)
  // The server began to index when it was ready: hardly anything is in the index by now.
  const whileIndexing = await query(lane, text.phrase())
  const indexingSeconds = await waitUntilIndexed(dataDir, 240)
  say(`indexed in ${rounded(indexingSeconds)} s`)
  const wanted = scale === 'full' ? 40 : 5
  const phrases: string[] = []
  const hits: number[] = []
  for (let attempt = 0; phrases.length < wanted && attempt < wanted * 5; attempt++) {
    const phrase = text.phrase()
    const { total } = await query(lane, phrase)
    if (total === 0 || total >= mostHits) continue
    phrases.push(phrase)
    hits.push(total)
  }
  if (phrases.length < wanted) throw new Error('Too few phrases have few enough hits')
  const tookMs = await queryAll(lane, phrases)
  const result = {
    phrases,
    tookMs,
    indexingSeconds,
    whileIndexingMs: whileIndexing.tookMs,
    medianHits: percentile(hits, 0.5),
    lag: indexLag(dataDir),
    peakRssMiB: server.peakRssMiB(),
  }
  await server.stop()
  return result
}

async function withoutIndex({ nodeFlags }: Desk, dataDir: string, phrases: readonly string[]) {
  await withholdIndex(dataDir)
  await using server = await startServer({ dataDir, nodeFlags })
  using lane = await Lane.open(server.port)
  await query(lane, phrases[0] ?? '')
  const tookMs = await queryAll(lane, phrases)
  await server.stop()
  await removeIndex(dataDir)
  return { tookMs }
}

async function queryAll(lane: Lane, phrases: readonly string[]): Promise<number[]> {
  const tookMs: number[] = []
  for (const phrase of phrases) tookMs.push((await query(lane, phrase)).tookMs)
  return tookMs
}

async function query(lane: Lane, phrase: string): Promise<{ tookMs: number; total: number }> {
  const startedMs = performance.now()
  const body = await lane.get(`/v1/search?q=${encodeURIComponent(phrase)}`)
  const tookMs = performance.now() - startedMs
  const [, total] = /"total":(\d+)/.exec(body.toString()) ?? []
  if (total === undefined) throw new Error('A search told no total')
  return { tookMs, total: Number(total) }
}

async function removeIndex(dataDir: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(join(dataDir, `search.db${suffix}`), { recursive: true, force: true })
  }
}

/** The same load by turns, so that what else the machine does falls on both. */
async function ingestOnAndOff(desk: Desk) {
  const rounds = desk.scale === 'full' ? 3 : 1
  const rates: { readonly on: number[]; readonly off: number[] } = { on: [], off: [] }
  let lag = 0
  let bodyBytes = 0
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
      const measured = await ingestOnce(desk, which)
      rates[which].push(measured.spansPerSecond)
      bodyBytes = measured.bodyBytes
      if (which === 'on') lag = measured.lag
      desk.say(`ingest with the index ${which}: ${measured.spansPerSecond} spans/s`)
    }
  }
  return { on: percentile(rates.on, 0.5), off: percentile(rates.off, 0.5), lag, bodyBytes }
}

async function ingestOnce({ scale, nodeFlags }: Desk, which: 'on' | 'off') {
  const text = SampleText.load(6)
  const sources = Array.from({ length: 4 }, () => batches(text, 100))
  await using folder = await temporaryFolder()
  if (which === 'off') await withholdIndex(folder.path)
  await using server = await startServer({ dataDir: folder.path, nodeFlags })
  await postFor(server.port, sources, scale === 'full' ? 2 : 0.3)
  const { spansPerSecond } = await postFor(server.port, sources, scale === 'full' ? 6 : 0.5)
  const lag = which === 'on' ? indexLag(folder.path) : 0
  return { spansPerSecond, lag, bodyBytes: sources[0]?.bodyBytes ?? 0 }
}
