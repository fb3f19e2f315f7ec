import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { LogListener } from './support/log-listener.ts'
import { idLength, LogPost } from './support/log-post.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { countStoredLogs, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const scopes = 100
const sockets = 500
const adminSockets = 5
const logsPerSecond = 200
const lanes = 8
const steps = 10
const topTokens = 5
const settleMs = 3_000
const mostDeliveryMs = 200
const leastRateShare = 0.98

export const logStream: Bench = {
  name: 'log-stream',
  target: `${sockets} sockets over ${scopes} scopes, ${adminSockets} of them admin, at ${logsPerSecond} logs/s: no loss, delivery p99 <= ${mostDeliveryMs} ms from the request on`,
  run: measure,
}

interface Audience extends Disposable {
  readonly admins: readonly LogListener[]
  /** The scope of each is its place modulo the number of scopes. */
  readonly scoped: readonly LogListener[]
}

/** When each log was sent, and how long each of its deliveries took. */
class Deliveries {
  readonly #sentMs = new Map<string, number>()
  readonly tookMs: number[] = []

  send(id: string): void {
    this.#sentMs.set(id, performance.now())
  }

  take(id: string): void {
    const sentMs = this.#sentMs.get(id)
    if (sentMs !== undefined) this.tookMs.push(performance.now() - sentMs)
  }
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 15 : 2
  await using folder = await temporaryFolder()
  await using server = await startServer({ dataDir: folder.path, nodeFlags })
  const ready = await introduce(server.port)
  const deliveries = new Deliveries()
  using audience = await gather(server, deliveries)
  say(`${audience.admins.length + audience.scoped.length} sockets are open`)
  const cpuBefore = server.cpuSeconds()
  const posts = await postPaced(server.port, ready, { deliveries, seconds })
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  await sleep(settleMs)
  const losses = lossesOf(audience, posts.perScope)
  const deliveryP99Ms = rounded(percentile(deliveries.tookMs, 0.99))
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  const rowsAfterRestart = countStoredLogs(folder.path)
  return {
    isReached:
      losses.lost === 0 &&
      losses.strange === 0 &&
      deliveryP99Ms <= mostDeliveryMs &&
      rowsAfterRestart === scopes + posts.sent &&
      posts.rate >= logsPerSecond * leastRateShare,
    figures: {
      lost: losses.lost,
      strange: losses.strange,
      deliveryP50Ms: rounded(percentile(deliveries.tookMs, 0.5)),
      deliveryP99Ms,
      postP50Ms: posts.p50Ms,
      postP99Ms: posts.p99Ms,
      takenLogsPerSecond: rounded(posts.rate),
      cpuSeconds: rounded(cpuSeconds),
    },
    conditions: {
      fileSystem: await fileSystemOf(folder.path),
      durability: await durabilityOf({ kind: 'sqlite', dataDir: folder.path }),
      bodyBytes: ready[0]?.bodyBytes ?? 0,
      stepsPerLog: steps,
      seconds,
      acknowledged: scopes + posts.sent,
      rowsAfterRestart,
      deliveriesExpected: losses.expected,
      deliveriesSeen: deliveries.tookMs.length,
      peakRssMiB,
    },
  }
}

function keyOf(scope: number): string {
  return `engine-key-of-scope-${scope}`
}

/** One ready request for each scope; the key of an engine opens the stream once it has logged. */
async function introduce(port: number): Promise<readonly LogPost[]> {
  using lane = await Lane.open(port)
  const text = SampleText.load(11)
  const posts = Array.from(
    { length: scopes },
    (_, scope) => new LogPost(text, { steps, topTokens, ownerKey: keyOf(scope) }),
  )
  for (const post of posts) await post.send(lane)
  return posts
}

async function gather({ port }: ServerChild, deliveries: Deliveries): Promise<Audience> {
  const open = (key?: string): Promise<LogListener> =>
    LogListener.open(port, key, (id) => deliveries.take(id))
  const admins = await Promise.all(Array.from({ length: adminSockets }, () => open()))
  const scoped = await Promise.all(
    Array.from({ length: sockets - adminSockets }, (_, index) => open(keyOf(index % scopes))),
  )
  return {
    admins,
    scoped,
    [Symbol.dispose]() {
      for (const listener of [...admins, ...scoped]) listener[Symbol.dispose]()
    },
  }
}

/** Posts at the pace that is asked for, or as near to it as the server lets. */
async function postPaced(
  port: number,
  posts: readonly LogPost[],
  { deliveries, seconds }: { readonly deliveries: Deliveries; readonly seconds: number },
) {
  const total = seconds * logsPerSecond
  const startedMs = performance.now()
  const tookMs: number[] = []
  const runLane = async (first: number): Promise<void> => {
    using lane = await Lane.open(port)
    for (let index = first; index < total; index += lanes) {
      const dueInMs = startedMs + (index * 1000) / logsPerSecond - performance.now()
      if (dueInMs > 1) await sleep(dueInMs)
      const id = String(index).padStart(idLength, '0')
      deliveries.send(id)
      tookMs.push((await posts[index % scopes]?.send(lane, id)) ?? 0)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  const spentMs = Math.max(performance.now() - startedMs, seconds * 1000)
  return {
    sent: total,
    perScope: total / scopes,
    rate: total / (spentMs / 1000),
    p50Ms: rounded(percentile(tookMs, 0.5)),
    p99Ms: rounded(percentile(tookMs, 0.99)),
  }
}

function lossesOf({ admins, scoped }: Audience, perScope: number) {
  const wanted = [
    ...admins.map((listener) => ({ listener, logs: perScope * scopes })),
    ...scoped.map((listener) => ({ listener, logs: perScope })),
  ]
  const sum = (count: (one: (typeof wanted)[number]) => number): number =>
    wanted.reduce((total, one) => total + count(one), 0)
  return {
    lost: sum(({ listener, logs }) => Math.abs(logs - listener.logs)),
    strange: sum(({ listener }) => listener.strange + (listener.closeCode === undefined ? 0 : 1)),
    expected: sum(({ logs }) => logs),
  }
}
