import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { askStreams, chatRequest, gatewayModel, type ChatRequest } from './support/gateway-load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { besidePortkey } from './support/portkey.ts'
import { startProviderChild, startRelayChild } from './support/provider-child.ts'
import { restartAndCount } from './support/restart-and-count.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const chunks = 64
const connections = 24
/** Written at once, events meet in the socket and cost less; a model never speaks so. */
const paceMs = 2
const mostCpuMs = 1.5
const mostAddedMs = 2

export const gatewayStream: Bench = {
  name: 'gateway-stream',
  target:
    `chat, streamed in ${chunks} chunks, recorded: CPU <= ${mostCpuMs} ms a stream, ` +
    `added time to first token at one connection, p50 <= ${mostAddedMs} ms`,
  run: measure,
}

interface Gateway {
  readonly port: number
  readonly asked: ChatRequest
  readonly seconds: number
  cpuSeconds(): number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 8 : 1
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startProviderChild(chunks)
  const environment = { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'sk-bench' }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const ours = await load({ ...server, asked: { model: gatewayModel }, seconds })
  const direct = streamOf({ model: 'gpt-4o-mini' }, 0)
  const alone = { connections: 1, seconds: seconds / 4 }
  const directP50Ms = firstTokenP50Ms(await askStreams(provider.port, direct, alone))
  const addedFirstTokenP50Ms = ours.firstTokenP50Ms - directP50Ms
  say(
    `CPU ${rounded(ours.paced.cpuMs, 2)} ms a stream, at once ${rounded(ours.atOnce.cpuMs, 2)} ms`,
  )
  say(`one connection: added time to first token, p50 ${rounded(addedFirstTokenP50Ms, 2)} ms`)

  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  await using relay = await startRelayChild(provider.port)
  const bare = await load({ ...relay, asked: { model: 'gpt-4o-mini' }, seconds: seconds / 2 })
  say(`a relay that reads nothing: CPU ${rounded(bare.paced.cpuMs, 2)} ms a stream`)
  const portkey = await besidePortkey(provider.port, async ({ port, asked, cpuSeconds }) => {
    const theirs = await load({ port, asked, seconds, cpuSeconds })
    return {
      portkeyCpuMsPerStream: rounded(theirs.paced.cpuMs, 2),
      portkeyCpuMsPerStreamAtOnce: rounded(theirs.atOnce.cpuMs, 2),
      portkeyAddedFirstTokenP50Ms: rounded(theirs.firstTokenP50Ms - directP50Ms, 2),
    }
  })
  const isCheap = ours.paced.cpuMs <= mostCpuMs && addedFirstTokenP50Ms <= mostAddedMs
  return {
    isReached: isCheap && ours.lostFrames === 0 && rows === ours.streams,
    figures: {
      cpuMsPerStream: rounded(ours.paced.cpuMs, 2),
      addedFirstTokenP50Ms: rounded(addedFirstTokenP50Ms, 2),
      directFirstTokenP50Ms: rounded(directP50Ms, 2),
      lostFrames: ours.lostFrames,
      streamsPerSecond: rounded(ours.paced.perSecond, 0),
      coresUsed: rounded((ours.paced.cpuMs * ours.paced.perSecond) / 1000, 2),
      cpuMsPerStreamAtOnce: rounded(ours.atOnce.cpuMs, 2),
      streamsPerSecondAtOnce: rounded(ours.atOnce.perSecond, 0),
      relayCpuMsPerStream: rounded(bare.paced.cpuMs, 2),
      relayCpuMsPerStreamAtOnce: rounded(bare.atOnce.cpuMs, 2),
      ...portkey.figures,
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      paceMs,
      meaning:
        `each event is a write of its own, ${paceMs} ms after the one before it, so that the ` +
        'server reads it alone; AtOnce: written as fast as they are made; the first token is ' +
        'timed at once; relay: node:http passing bytes on unread, in the same run',
      bodyBytes: streamOf({ model: gatewayModel }, paceMs).byteLength,
      seconds,
      acknowledged: ours.streams,
      rowsAfterKill: rows,
      peakRssMiB,
      ...portkey.conditions,
    },
  }
}

function streamOf(asked: ChatRequest, pace: number): Buffer {
  return chatRequest({ ...asked, isStream: true, paceMs: pace })
}

function firstTokenP50Ms(streams: readonly { readonly firstTokenMs: number }[]): number {
  const times = streams.map(({ firstTokenMs }) => firstTokenMs)
  return percentile(times, 0.5)
}

/** The same for ours and theirs: warm, then on one connection, then paced, then at once. */
async function load({ port, asked, seconds, cpuSeconds }: Gateway) {
  const paced = streamOf(asked, paceMs)
  const atOnce = streamOf(asked, 0)
  const seen = { frames: 0, streams: 0 }
  const ask = async (request: Buffer, lanes: number, forSeconds: number) => {
    const cpuBefore = cpuSeconds()
    const startedMs = performance.now()
    const streams = await askStreams(port, request, { connections: lanes, seconds: forSeconds })
    const elapsedSeconds = (performance.now() - startedMs) / 1000
    seen.frames += streams.reduce((sum, { frames }) => sum + frames, 0)
    seen.streams += streams.length
    const cpuMs = ((cpuSeconds() - cpuBefore) * 1000) / streams.length
    return { streams, cpuMs, perSecond: streams.length / elapsedSeconds }
  }
  await ask(paced, connections, seconds / 2)
  const alone = await ask(atOnce, 1, seconds / 4)
  const many = await ask(paced, connections, seconds)
  const flood = await ask(atOnce, connections, seconds / 2)
  return {
    paced: many,
    atOnce: flood,
    firstTokenP50Ms: firstTokenP50Ms(alone.streams),
    streams: seen.streams,
    // The first chunk has no word: it tells the role.
    lostFrames: seen.streams * (chunks - 1) - seen.frames,
  }
}
