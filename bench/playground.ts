import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { startLoopbackProvider, type LoopbackProvider } from './support/loopback-provider.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { countStoredSpans, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const connections = 8
const mostAddedMs = 3
const promptCharacters = 2_000
const spansPerChat = 2
/** As fast as a hosted model ever begins to answer. */
const hostedThinkMs = 100

export const playground: Bench = {
  name: 'playground',
  target: `chat through a loopback provider, ${connections} connections: added p50 <= ${mostAddedMs} ms`,
  run: measure,
}

interface Load {
  readonly port: number
  readonly request: Buffer
  readonly seconds: number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 8 : 1
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startLoopbackProvider()
  const environment = { OPENAI_BASE_URL: provider.baseUrl }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  await storeKey(server.port)
  const requests = requestsOf()
  const direct = { port: provider.port, request: requests.direct, seconds: seconds / 2 }
  const through = { port: server.port, request: requests.through, seconds }
  const warmUp = await ask({ ...through, seconds: seconds / 4 })

  const hosted = await compare(provider, { direct, through, thinkMs: hostedThinkMs })
  say(`after ${hostedThinkMs} ms: added p50 ${rounded(hosted.addedMs, 2)} ms`)
  const cpuBefore = server.cpuSeconds()
  const atOnce = await compare(provider, { direct, through, thinkMs: 0 })
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  say(`at once: added p50 ${rounded(atOnce.addedMs, 2)} ms`)

  const chats = warmUp.length + hosted.through.length + atOnce.through.length
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  return {
    isReached: rows === chats * spansPerChat && atOnce.addedMs <= mostAddedMs,
    figures: {
      addedP50Ms: rounded(atOnce.addedMs, 2),
      directP50Ms: rounded(percentile(atOnce.direct, 0.5), 2),
      throughP50Ms: rounded(percentile(atOnce.through, 0.5), 2),
      throughP99Ms: rounded(percentile(atOnce.through, 0.99), 2),
      chatsPerSecond: rounded(atOnce.through.length / seconds, 0),
      addedP50MsHosted: rounded(hosted.addedMs, 2),
      directP50MsHosted: rounded(percentile(hosted.direct, 0.5), 2),
      throughP50MsHosted: rounded(percentile(hosted.through, 0.5), 2),
      cpuMsPerChat: rounded((cpuSeconds * 1000) / atOnce.through.length, 2),
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      bodyBytes: requests.through.byteLength,
      seconds,
      hostedThinkMs,
      acknowledged: chats,
      rowsAfterRestart: rows,
      peakRssMiB,
    },
  }
}

/** The same question straight to the provider and through the server, one after the other. */
async function compare(
  provider: LoopbackProvider,
  { direct, through, thinkMs }: { direct: Load; through: Load; thinkMs: number },
) {
  provider.thinkMs = thinkMs
  const directMs = await ask(direct)
  const throughMs = await ask(through)
  const addedMs = percentile(throughMs, 0.5) - percentile(directMs, 0.5)
  return { direct: directMs, through: throughMs, addedMs }
}

/** Asks on every connection, one request at a time, and gives what each answer took. */
async function ask({ port, request, seconds }: Load): Promise<number[]> {
  const tookMs: number[] = []
  const untilMs = performance.now() + seconds * 1000
  const lane = async (): Promise<void> => {
    using lane = await Lane.open(port)
    while (performance.now() < untilMs) {
      const startedMs = performance.now()
      const { status, body } = await lane.exchange(request)
      tookMs.push(performance.now() - startedMs)
      if (status !== 200) throw new Error(`A question was answered with ${status} ${String(body)}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  return tookMs
}

/** The same conversation in the words of both. */
function requestsOf(): { direct: Buffer; through: Buffer } {
  const text = SampleText.load(5)
  const messages = [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: text.piece(promptCharacters) },
  ]
  const model = 'gpt-4o-mini'
  const authorization = 'authorization: Bearer sk-bench-provider-key\r\n'
  return {
    direct: post('/v1/chat/completions', { model, messages, temperature: 1 }, authorization),
    through: post('/v1/playground/chat', { model, messages }),
  }
}

function post(path: string, value: unknown, headers = ''): Buffer {
  return write('POST', path, { value, headers })
}

function write(
  method: string,
  path: string,
  { value, headers = '' }: { value: unknown; headers?: string },
): Buffer {
  const body = JSON.stringify(value)
  const type = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}${type}\r\n${body}`,
  )
}

async function storeKey(port: ServerChild['port']): Promise<void> {
  using lane = await Lane.open(port)
  const value = { provider: 'openai', api_key: 'sk-bench-provider-key' }
  const { status } = await lane.exchange(write('PUT', '/v1/settings/api-keys', { value }))
  if (status !== 200) throw new Error(`The key was not stored (${status})`)
}

async function restartAndCount(dataDir: string): Promise<number> {
  await using again = await startServer({ dataDir })
  const count = await countStoredSpans({ kind: 'sqlite', dataDir })
  await again.stop()
  return count
}
