import { setTimeout as sleep } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { batches, postFor, postOnce } from './support/load.ts'
import { readLoopDelay, type LoopDelay } from './support/metrics.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMs = 20
const mostMsWithLargeBody = 50
const mebibyte = 1024 * 1024
/** Shorter than what the index looks up, so that every span is scanned; no manual has it. */
const needle = 'qzx'

export const eventLoop: Bench = {
  name: 'event-loop',
  target: `p99 of the main thread's delay <= ${mostMs} ms during ingest and during a long search, <= ${mostMsWithLargeBody} ms with one body of 64 MiB`,
  run: measure,
}

async function measure(desk: Desk): Promise<BenchResult> {
  const { ingest, largeBody, ...ingested } = await duringIngest(desk)
  desk.say(`ingest p99 ${rounded(ingest.p99Ms)} ms, 64 MiB p99 ${rounded(largeBody.p99Ms)} ms`)
  const { search, ...searched } = await duringSearch(desk)
  return {
    isReached:
      ingest.p99Ms <= mostMs && search.p99Ms <= mostMs && largeBody.p99Ms <= mostMsWithLargeBody,
    figures: {
      ingestP99Ms: rounded(ingest.p99Ms),
      searchP99Ms: rounded(search.p99Ms),
      largeBodyP99Ms: rounded(largeBody.p99Ms),
      ingestMaxMs: rounded(ingest.maxMs),
      searchMaxMs: rounded(search.maxMs),
      largeBodyMaxMs: rounded(largeBody.maxMs),
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      ...ingested,
      ...searched,
      meaning: 'how late a timer of 10 ms fires',
    },
  }
}

async function duringIngest({ scale, nodeFlags, say }: Desk) {
  const text = SampleText.load(3)
  const sources = Array.from({ length: 4 }, () => batches(text, 100))
  const seconds = scale === 'full' ? 8 : 1
  await using folder = await temporaryFolder()
  await using server = await startServer({ dataDir: folder.path, nodeFlags })
  using lane = await Lane.open(server.port)
  await postFor(server.port, sources, seconds / 4)
  await readLoopDelay(lane)
  const { spansPerSecond } = await postFor(server.port, sources, seconds)
  const ingest = await readLoopDelay(lane)
  say(`${spansPerSecond} spans/s while the loop was watched`)
  const large = batches(text, spansIn(scale === 'full' ? 64 * mebibyte : mebibyte))
  const bodies = await duringLargeBody(lane, large)
  const figures = {
    ingest,
    largeBody: bodies.delay,
    ingestBodyBytes: sources[0]?.bodyBytes ?? 0,
    ingestSpansPerSecond: spansPerSecond,
    largeBodyBytes: large.bodyBytes,
    largeBodySeconds: rounded(bodies.tookMs / 1000, 2),
    peakRssMiB: rounded(server.peakRssMiB(), 0),
    cpuSeconds: rounded(server.cpuSeconds()),
  }
  await server.stop()
  return { ...figures, durability: await durabilityOf({ kind: 'sqlite', dataDir: folder.path }) }
}

async function duringLargeBody(
  lane: Lane,
  source: ReturnType<typeof batches>,
): Promise<{ delay: LoopDelay; tookMs: number }> {
  // What the load before has left to do must not count.
  await sleep(500)
  await readLoopDelay(lane)
  const tookMs = await postOnce(lane, source)
  return { delay: await readLoopDelay(lane), tookMs }
}

/** As many spans as surely fit: the server takes no body over 64 MiB. */
function spansIn(bytes: number): number {
  return Math.floor(bytes / 2056)
}

async function duringSearch({ scale, nodeFlags, seeds }: Desk) {
  const { dataDir, shape } = await seeds.muchText()
  await using server = await startServer({ dataDir, nodeFlags })
  using lane = await Lane.open(server.port)
  using watcher = await Lane.open(server.port)
  await lane.get(`/v1/search?q=${needle}`)
  await readLoopDelay(watcher)
  const untilMs = performance.now() + (scale === 'full' ? 8_000 : 500)
  const tookMs: number[] = []
  while (performance.now() < untilMs) {
    const startedMs = performance.now()
    await lane.get(`/v1/search?q=${needle}`)
    tookMs.push(performance.now() - startedMs)
  }
  const search = await readLoopDelay(watcher)
  await server.stop()
  return {
    search,
    searchP50Ms: rounded(percentile(tookMs, 0.5)),
    searchedSpans: shape.traces * shape.spansPerTrace,
  }
}
