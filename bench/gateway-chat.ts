import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { askChats, chatRequest, gatewayModel } from './support/gateway-load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { besidePortkey } from './support/portkey.ts'
import { startProviderChild } from './support/provider-child.ts'
import { restartAndCount } from './support/restart-and-count.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const connections = 8
const leastPerSecond = 1_500
const mostCpuMs = 0.6
const mostAddedMs = 2

export const gatewayChat: Bench = {
  name: 'gateway-chat',
  target:
    `chat, not streamed, recorded, ${connections} connections: >= ${leastPerSecond}/s, ` +
    `CPU <= ${mostCpuMs} ms a call, added p50 at one connection <= ${mostAddedMs} ms`,
  run: measure,
}

interface Gateway {
  readonly port: number
  readonly request: Buffer
  readonly seconds: number
  cpuSeconds(): number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 8 : 1
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startProviderChild()
  const environment = { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'sk-bench' }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const request = chatRequest({ model: gatewayModel })
  const ours = await load({ ...server, request, seconds })
  const direct = chatRequest({ model: 'gpt-4o-mini' })
  const directMs = await askChats(provider.port, direct, { connections: 1, seconds: seconds / 4 })
  const directP50Ms = percentile(directMs, 0.5)
  const addedP50Ms = ours.aloneP50Ms - directP50Ms
  say(`${rounded(ours.perSecond, 0)}/s, CPU ${rounded(ours.cpuMs, 3)} ms a call`)
  say(`one connection: added p50 ${rounded(addedP50Ms, 2)} ms`)

  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  const portkey = await besidePortkey(provider.port, async ({ port, asked, cpuSeconds }) => {
    const theirs = await load({ port, request: chatRequest(asked), seconds, cpuSeconds })
    return {
      portkeyChatsPerSecond: rounded(theirs.perSecond, 0),
      portkeyCpuMsPerCall: rounded(theirs.cpuMs, 3),
      portkeyAddedP50Ms: rounded(theirs.aloneP50Ms - directP50Ms, 2),
    }
  })
  const isCheap = ours.cpuMs <= mostCpuMs && addedP50Ms <= mostAddedMs
  return {
    isReached: ours.perSecond >= leastPerSecond && isCheap && rows === ours.calls,
    figures: {
      chatsPerSecond: rounded(ours.perSecond, 0),
      cpuMsPerCall: rounded(ours.cpuMs, 3),
      addedP50Ms: rounded(addedP50Ms, 2),
      directP50Ms: rounded(directP50Ms, 2),
      p50Ms: rounded(percentile(ours.tookMs, 0.5), 2),
      p99Ms: rounded(percentile(ours.tookMs, 0.99), 2),
      ...portkey.figures,
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      bodyBytes: request.byteLength,
      seconds,
      acknowledged: ours.calls,
      rowsAfterKill: rows,
      peakRssMiB,
      ...portkey.conditions,
    },
  }
}

/** The same for ours and theirs: warm, then on one connection, then on all. */
async function load({ port, request, seconds, cpuSeconds }: Gateway) {
  const warmUp = await askChats(port, request, { connections, seconds: seconds / 2 })
  const alone = await askChats(port, request, { connections: 1, seconds: seconds / 4 })
  const cpuBefore = cpuSeconds()
  const startedMs = performance.now()
  const tookMs = await askChats(port, request, { connections, seconds })
  const elapsedSeconds = (performance.now() - startedMs) / 1000
  return {
    aloneP50Ms: percentile(alone, 0.5),
    perSecond: tookMs.length / elapsedSeconds,
    cpuMs: ((cpuSeconds() - cpuBefore) * 1000) / tookMs.length,
    tookMs,
    calls: warmUp.length + alone.length + tookMs.length,
  }
}
