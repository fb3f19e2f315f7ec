import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { LiveClient } from './support/live-client.ts'
import { postOnce, spanBytes, type PostSource } from './support/load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { SpanPost } from './support/span-post.ts'
import { countStoredSpans, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const globalSockets = 5
const traceSockets = 195
/** Both on the global stream, where a client falls behind soonest. */
const stalledSockets = 2
const spansPerSecond = 2_000
const spansPerPost = 50
const settleMs = 5_000
const leastRateShare = 0.98

export const live: Bench = {
  name: 'live',
  target: `${globalSockets} global and ${traceSockets} trace sockets at ${spansPerSecond} spans/s, ${stalledSockets} of them stalled: no loss for the others, >= ${leastRateShare} of the rate taken`,
  run: measure,
}

interface Audience extends Disposable {
  readonly healthyGlobal: readonly LiveClient[]
  readonly stalled: readonly LiveClient[]
  /** One a trace, in the order of `traceIds`. */
  readonly ofTraces: readonly LiveClient[]
}

const traceIds = Array.from({ length: traceSockets }, (_, index) =>
  String(index + 1).padStart(32, '0'),
)

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 10 : 2
  await using folder = await temporaryFolder()
  await using server = await startServer({ dataDir: folder.path, nodeFlags })
  const source = numberedPosts()
  const alone = await postPaced(server.port, source, seconds / 2)
  using audience = await gather(server)
  for (const client of audience.stalled) client.stall()
  const cpuBefore = server.cpuSeconds()
  const watched = await postPaced(server.port, source, seconds)
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  say(`posts: p99 ${alone.p99Ms} ms alone, ${watched.p99Ms} ms watched`)
  for (const client of audience.stalled) client.resume()
  await sleep(settleMs)
  const losses = lossesOf(audience, watched.perTrace, watched.spans)
  const stalledTold = audience.stalled.map(({ spans, missed }) => spans + missed)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  const place = { kind: 'sqlite', dataDir: folder.path } as const
  const rowsAfterRestart = await countStoredSpans(place)
  return {
    isReached:
      losses.lost === 0 &&
      losses.outOfOrder === 0 &&
      rowsAfterRestart === alone.spans + watched.spans &&
      watched.rate >= spansPerSecond * leastRateShare,
    figures: {
      lostSpans: losses.lost,
      outOfOrder: losses.outOfOrder,
      takenSpansPerSecond: rounded(watched.rate, 0),
      postP50Ms: watched.p50Ms,
      postP99Ms: watched.p99Ms,
      postP50MsUnwatched: alone.p50Ms,
      postP99MsUnwatched: alone.p99Ms,
      cpuSeconds: rounded(cpuSeconds),
    },
    conditions: {
      fileSystem: await fileSystemOf(folder.path),
      durability: await durabilityOf(place),
      bodyBytes: source.bodyBytes,
      seconds,
      acknowledged: alone.spans + watched.spans,
      rowsAfterRestart,
      sentWhileWatched: watched.spans,
      framesExpected: losses.expected,
      stalledGotOrWereToldMissed: stalledTold.join(' '),
      stalledMissed: audience.stalled.map(({ missed }) => missed).join(' '),
      peakRssMiB,
    },
  }
}

async function gather({ port }: ServerChild): Promise<Audience> {
  const open = (count: number): Promise<LiveClient[]> =>
    Promise.all(Array.from({ length: count }, () => LiveClient.open(port)))
  const global = await open(globalSockets)
  const ofTraces = await open(traceSockets)
  for (const [index, client] of ofTraces.entries()) client.subscribe(traceIds[index] ?? '')
  // Subscriptions are not answered; the next posts must find them.
  await sleep(500)
  return {
    healthyGlobal: global.slice(stalledSockets),
    stalled: global.slice(0, stalledSockets),
    ofTraces,
    [Symbol.dispose]() {
      for (const client of [...global, ...ofTraces]) client[Symbol.dispose]()
    },
  }
}

interface NumberedPosts extends PostSource {
  /** How many spans each trace got since this was last asked. */
  takePerTrace(): number[]
}

/** Spans with growing ids, dealt out to the traces in turn. */
function numberedPosts(): NumberedPosts {
  const roots = Array.from({ length: spansPerPost }, () => true)
  const post = new SpanPost({ text: SampleText.load(8), roots, spanBytes })
  let sent = 0
  let perTrace = traceIds.map(() => 0)
  return {
    spansPerPost,
    bodyBytes: post.bodyBytes,
    next() {
      for (const { spanId, traceId } of post.slots) {
        const trace = sent % traceIds.length
        sent += 1
        spanId.write(String(sent).padStart(spanId.byteLength, '0'), 'latin1')
        traceId.write(traceIds[trace] ?? '', 'latin1')
        perTrace[trace] = (perTrace[trace] ?? 0) + 1
      }
      return post.request
    },
    takePerTrace() {
      const taken = perTrace
      perTrace = traceIds.map(() => 0)
      return taken
    },
  }
}

/** Posts at the pace that is asked for, or as near to it as the server lets. */
async function postPaced(port: number, source: NumberedPosts, seconds: number) {
  using lane = await Lane.open(port)
  const everyMs = (1000 * spansPerPost) / spansPerSecond
  const posts = Math.round((seconds * 1000) / everyMs)
  const latencies: number[] = []
  const startedMs = performance.now()
  for (let index = 0; index < posts; index++) {
    const dueInMs = startedMs + index * everyMs - performance.now()
    if (dueInMs > 1) await sleep(dueInMs)
    latencies.push(await postOnce(lane, source))
  }
  const tookMs = Math.max(performance.now() - startedMs, posts * everyMs)
  const spans = posts * spansPerPost
  return {
    spans,
    perTrace: source.takePerTrace(),
    rate: spans / (tookMs / 1000),
    p50Ms: rounded(percentile(latencies, 0.5)),
    p99Ms: rounded(percentile(latencies, 0.99)),
  }
}

function lossesOf(
  { healthyGlobal, ofTraces }: Audience,
  perTrace: readonly number[],
  allSpans: number,
): { lost: number; outOfOrder: number; expected: number } {
  const wanted = [
    ...healthyGlobal.map((client) => ({ client, spans: allSpans })),
    ...ofTraces.map((client, index) => ({ client, spans: perTrace[index] ?? 0 })),
  ]
  return {
    lost: wanted.reduce((sum, { client, spans }) => sum + Math.abs(spans - client.spans), 0),
    outOfOrder: wanted.reduce((sum, { client }) => sum + client.outOfOrder, 0),
    expected: wanted.reduce((sum, { spans }) => sum + spans, 0),
  }
}
