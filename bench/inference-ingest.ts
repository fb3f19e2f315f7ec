import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { postOnce, singles } from './support/load.ts'
import { LogPost } from './support/log-post.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { countStoredLogs, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostLongMs = 120
const mostOtherMs = 50
const leastPerSecond = 150
const connections = 8
const topTokens = 20

export const inferenceIngest: Bench = {
  name: 'inference-ingest',
  target: `a log of 1,000 steps p50 <= ${mostLongMs} ms with other requests' p99 <= ${mostOtherMs} ms meanwhile; logs of 50 steps over ${connections} connections >= ${leastPerSecond}/s`,
  run: measure,
}

async function measure(desk: Desk): Promise<BenchResult> {
  const text = SampleText.load(11)
  await using folder = await temporaryFolder()
  const start = (): Promise<ServerChild> =>
    startServer({ dataDir: folder.path, nodeFlags: desk.nodeFlags })
  await using server = await start()
  const long = await postLong(server.port, text, desk)
  const short = await postShort(server.port, text, desk)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  const cpuSeconds = rounded(server.cpuSeconds())
  await (desk.nodeFlags.length > 0 ? server.stop() : server.kill())
  await using again = await start()
  const rowsAfterRestart = countStoredLogs(folder.path)
  await again.stop()
  const acknowledged = long.acknowledged + short.acknowledged
  const { p50Ms: longP50Ms, otherP99Ms } = long.figures
  const isFast = longP50Ms <= mostLongMs && otherP99Ms <= mostOtherMs
  return {
    isReached:
      rowsAfterRestart === acknowledged && isFast && short.figures.perSecond >= leastPerSecond,
    figures: {
      longP50Ms,
      longP99Ms: long.figures.p99Ms,
      otherP50Ms: long.figures.otherP50Ms,
      otherP99Ms,
      shortLogsPerSecond: short.figures.perSecond,
      shortP50Ms: short.figures.p50Ms,
      shortP99Ms: short.figures.p99Ms,
      peakRssMiB,
      cpuSeconds,
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir: folder.path }),
      longBodyBytes: long.bodyBytes,
      longEvents: long.events,
      shortBodyBytes: short.bodyBytes,
      connections,
      acknowledged,
      rowsAfterRestart,
    },
  }
}

/** One engine posts long logs, one after the other, while others post spans and read the list. */
async function postLong(port: number, text: SampleText, { scale, say }: Desk) {
  const post = new LogPost(text, { steps: scale === 'full' ? 1_000 : 100, topTokens })
  using lane = await Lane.open(port)
  for (let warmUp = 0; warmUp < 3; warmUp += 1) await post.send(lane)
  const ending = new AbortController()
  const others = Promise.all([postSpans(port, text, ending.signal), readList(port, ending.signal)])
  const tookMs: number[] = []
  for (let sent = 0; sent < (scale === 'full' ? 100 : 5); sent += 1) {
    tookMs.push(await post.send(lane))
  }
  ending.abort()
  const otherMs = (await others).flat()
  const figures = {
    p50Ms: rounded(percentile(tookMs, 0.5)),
    p99Ms: rounded(percentile(tookMs, 0.99)),
    otherP50Ms: rounded(percentile(otherMs, 0.5)),
    otherP99Ms: rounded(percentile(otherMs, 0.99)),
  }
  say(`long p50 ${figures.p50Ms} ms, others p99 ${figures.otherP99Ms} ms`)
  const { bodyBytes, events } = post
  return { figures, acknowledged: tookMs.length + 3, bodyBytes, events }
}

async function postSpans(port: number, text: SampleText, until: AbortSignal): Promise<number[]> {
  using lane = await Lane.open(port)
  const source = singles(text)
  const tookMs: number[] = []
  while (!until.aborted) {
    tookMs.push(await postOnce(lane, source))
    await sleep(10)
  }
  return tookMs
}

async function readList(port: number, until: AbortSignal): Promise<number[]> {
  using lane = await Lane.open(port)
  const tookMs: number[] = []
  while (!until.aborted) {
    const startedMs = performance.now()
    await lane.get('/v1/traces?limit=20')
    tookMs.push(performance.now() - startedMs)
    await sleep(10)
  }
  return tookMs
}

async function postShort(port: number, text: SampleText, { scale, say }: Desk) {
  const seconds = scale === 'full' ? 10 : 1
  const posts = Array.from(
    { length: connections },
    () => new LogPost(text, { steps: 50, topTokens }),
  )
  const tookMs: number[] = []
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  await Promise.all(
    posts.map(async (post) => {
      using lane = await Lane.open(port)
      while (performance.now() < untilMs) tookMs.push(await post.send(lane))
    }),
  )
  const figures = {
    perSecond: rounded(tookMs.length / ((performance.now() - startedMs) / 1000)),
    p50Ms: rounded(percentile(tookMs, 0.5)),
    p99Ms: rounded(percentile(tookMs, 0.99)),
  }
  say(`${figures.perSecond} logs/s of 50 steps`)
  return { figures, acknowledged: tookMs.length, bodyBytes: posts[0]?.bodyBytes ?? 0 }
}
