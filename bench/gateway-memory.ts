import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { chatRequest, gatewayModel } from './support/gateway-load.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startProviderChild } from './support/provider-child.ts'
import { restartAndCount } from './support/restart-and-count.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { countCancelledSpans, durabilityOf } from './support/stored.ts'
import { StreamLane } from './support/stream-lane.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const chunks = 64
const connections = 8
const mostGrowth = 0.2
const leaveAfterFrames = 20
const sampleEveryMs = 100

export const gatewayMemory: Bench = {
  name: 'gateway-memory',
  target:
    'resident memory after 50,000 recorded calls, half streamed, a tenth left mid-way, against ' +
    `after 5,000: growth <= ${mostGrowth * 100} %; every call stored, those left as cancelled`,
  run: measure,
}

interface Sample {
  readonly calls: number
  readonly rssMiB: number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const calls = scale === 'full' ? 50_000 : 1_000
  const firstCalls = calls / 10
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startProviderChild(chunks)
  const environment = { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'sk-bench' }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const startedMs = performance.now()
  const { samples, left } = await callMany(server, calls, say)
  const seconds = (performance.now() - startedMs) / 1000
  const firstMiB = around(samples, firstCalls, calls)
  const lastMiB = around(samples, calls, calls)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A call that was left may still be on its way to the disk; within this it must be there.
  await sleep(1000)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  const cancelled = countCancelledSpans(dataDir)
  const growth = lastMiB / firstMiB - 1
  return {
    isReached: growth <= mostGrowth && rows === calls && cancelled === left,
    figures: {
      growthPercent: rounded(growth * 100),
      rssMiBAfterFirst: rounded(firstMiB),
      rssMiBAfterAll: rounded(lastMiB),
      peakRssMiB,
      callsPerSecond: rounded(calls / seconds, 0),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      firstCalls,
      calls,
      meaning: 'median of the samples around that many calls; nothing is collected by force',
      rssMiBByTenth: tenths(samples, calls).join(' '),
      bodyBytes: chatRequest({ model: gatewayModel }).byteLength,
      left,
      cancelledRows: cancelled,
      rowsAfterKill: rows,
    },
  }
}

/** Every second call is a stream, every tenth is left after some frames. */
async function callMany(server: ServerChild, calls: number, say: Desk['say']) {
  const samples: Sample[] = []
  let begun = 0
  let done = 0
  let left = 0
  const timer = setInterval(() => {
    samples.push({ calls: done, rssMiB: server.rssMiB() })
  }, sampleEveryMs)
  const run = async (): Promise<void> => {
    await using caller = new Caller(server.port)
    while (begun < calls) {
      const number = begun++
      if (number % 10 === 0) {
        await caller.leave()
        left += 1
      } else if (number % 2 === 0) await caller.stream()
      else await caller.chat()
      done += 1
      if (done % (calls / 10) === 0) say(`${done} calls: ${rounded(server.rssMiB())} MiB`)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, run))
  } finally {
    clearInterval(timer)
  }
  samples.push({ calls: done, rssMiB: server.rssMiB() })
  return { samples, left }
}

/** A client with a connection for chats and one for streams. */
class Caller implements AsyncDisposable {
  readonly #port: number
  readonly #whole = chatRequest({ model: gatewayModel })
  readonly #streamed = chatRequest({ model: gatewayModel, isStream: true })
  /** Paced, so that it is left while the provider still speaks. */
  readonly #paced = chatRequest({ model: gatewayModel, isStream: true, paceMs: 10 })
  #lane: Lane | undefined
  #streams: StreamLane | undefined
  #leaving: Promise<void> | undefined

  constructor(port: number) {
    this.#port = port
  }

  async chat(): Promise<void> {
    this.#lane ??= await Lane.open(this.#port)
    const { status, body } = await this.#lane.exchange(this.#whole)
    if (status !== 200) throw new Error(`A chat was answered with ${status} ${String(body)}`)
  }

  async stream(): Promise<void> {
    this.#streams ??= await StreamLane.open(this.#port)
    const { frames } = await this.#streams.exchange(this.#streamed)
    if (frames !== chunks - 1) throw new Error(`A stream had ${frames} frames`)
  }

  /** Begins a stream that is left while the calls go on, and waits for the one begun before. */
  async leave(): Promise<void> {
    await this.#leaving
    this.#leaving = this.#leave()
    // It may fail before it is waited for, and is then still told.
    this.#leaving.catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lane?.[Symbol.dispose]()
    this.#streams?.[Symbol.dispose]()
    await this.#leaving
  }

  async #leave(): Promise<void> {
    using lane = await StreamLane.open(this.#port)
    const { isWhole } = await lane.exchange(this.#paced, leaveAfterFrames)
    if (isWhole) throw new Error('A stream that was to be left was over already')
  }
}

/** Memory goes up and down with each collection, so one reading says little. */
function around(samples: readonly Sample[], calls: number, all: number): number {
  const near = samples.filter((sample) => Math.abs(sample.calls - calls) <= all / 50)
  const readings = near.map(({ rssMiB }) => rssMiB)
  return percentile(readings, 0.5)
}

function tenths(samples: readonly Sample[], calls: number): number[] {
  return Array.from({ length: 10 }, (_, tenth) =>
    rounded(around(samples, ((tenth + 1) * calls) / 10, calls), 0),
  )
}
