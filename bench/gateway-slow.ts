import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { askStreamOn, chatRequest, gatewayModel } from './support/gateway-load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startProviderChild } from './support/provider-child.ts'
import { restartAndCount } from './support/restart-and-count.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import type { StreamSeen } from './support/stream-lane.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const chunks = 64
/** A model says 10 to 20 words a second. Streams of different paces do not keep in step. */
const leastPaceMs = 50
const mostPaceMs = 100
const mostAddedMs = 20

export const gatewaySlow: Bench = {
  name: 'gateway-slow',
  target: `200 concurrent slow streams, recorded: no frame lost, added inter-frame gap p99 <= ${mostAddedMs} ms`,
  run: measure,
}

interface Load {
  readonly port: number
  readonly model: string
  readonly connections: number
  /** How many streams each connection reads, one after the other. */
  readonly rounds: number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const size = scale === 'full' ? { connections: 200, rounds: 2 } : { connections: 20, rounds: 1 }
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startProviderChild(chunks)
  const environment = { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'sk-bench' }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const direct = await read({ port: provider.port, model: 'gpt-4o-mini', ...size, rounds: 1 })
  say(`direct: added gap p99 ${rounded(percentile(direct.gapsMs, 0.99), 2)} ms`)
  const warmUp = await read({ port: server.port, model: gatewayModel, ...size, rounds: 1 })
  const before = { cpu: server.cpuSeconds(), wait: server.mainThreadWaitSeconds() }
  const startedMs = performance.now()
  const through = await read({ port: server.port, model: gatewayModel, ...size })
  const seconds = (performance.now() - startedMs) / 1000
  const cpuMs = ((server.cpuSeconds() - before.cpu) * 1000) / through.streams
  const waitShare = (server.mainThreadWaitSeconds() - before.wait) / seconds
  const addedGapP99Ms = percentile(through.gapsMs, 0.99)
  say(`through: added gap p99 ${rounded(addedGapP99Ms, 2)} ms, ${through.lostFrames} frames lost`)

  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  const acknowledged = warmUp.streams + through.streams
  const lostFrames = warmUp.lostFrames + through.lostFrames
  return {
    isReached: lostFrames === 0 && rows === acknowledged && addedGapP99Ms <= mostAddedMs,
    figures: {
      lostFrames,
      addedGapP99Ms: rounded(addedGapP99Ms, 2),
      addedGapP50Ms: rounded(percentile(through.gapsMs, 0.5), 2),
      addedGapMostMs: rounded(percentile(through.gapsMs, 1), 1),
      directGapP99Ms: rounded(percentile(direct.gapsMs, 0.99), 2),
      cpuMsPerStream: rounded(cpuMs, 2),
      mainThreadWaitPercent: rounded(waitShare * 100),
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections: size.connections,
      paceMs: `${leastPaceMs}–${mostPaceMs}`,
      meaning:
        'a gap at the client less the same gap at the provider, which writes the time into each ' +
        'frame; what the client itself is late is in it; mainThreadWaitPercent: how long the ' +
        "server's main thread was ready and other programs had the cores",
      framesPerStream: chunks - 1,
      acknowledged,
      rowsAfterKill: rows,
      peakRssMiB,
    },
  }
}

async function read({ port, model, connections, rounds }: Load) {
  const requests = Array.from({ length: connections }, (_, number) => {
    const paceMs = leastPaceMs + (number % (mostPaceMs - leastPaceMs + 1))
    return chatRequest({ model, isStream: true, paceMs })
  })
  const lanes = requests.map((request) => askStreamOn(port, request, rounds))
  const seen: readonly StreamSeen[] = (await Promise.all(lanes)).flat()
  const frames = seen.reduce((sum, stream) => sum + stream.frames, 0)
  return {
    streams: seen.length,
    lostFrames: seen.length * (chunks - 1) - frames,
    gapsMs: seen.flatMap(({ addedGapsMs }) => addedGapsMs),
  }
}
