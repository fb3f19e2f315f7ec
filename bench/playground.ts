import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import {
  startLoopbackProvider,
  thoughtMsOf,
  type LoopbackProvider,
} from './support/loopback-provider.ts'
import { percentile, rounded } from './support/percentile.ts'
import { restartAndCount } from './support/restart-and-count.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const connections = 8
const mostAddedMs = 3
const promptCharacters = 2_000
const spansPerChat = 2
/** As quickly as hosted models answer at best. Without it the load is all that the cores can do. */
const hostedThinkMs = [50, 150] as const

export const playground: Bench = {
  name: 'playground',
  target: `chat through a loopback provider, ${connections} connections: added p50 <= ${mostAddedMs} ms (provider thinks ${hostedThinkMs.join('–')} ms)`,
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
  say(`thinking ${hostedThinkMs.join('–')} ms: added p50 ${hosted.addedP50Ms} ms`)
  const cpuBefore = server.cpuSeconds()
  const atOnce = await compare(provider, { direct, through, thinkMs: [0, 0] })
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  say(`at once: added p50 ${atOnce.addedP50Ms} ms`)

  const chats = warmUp.length + hosted.chats + atOnce.chats
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const rows = await restartAndCount(dataDir)
  return {
    isReached: rows === chats * spansPerChat && hosted.addedP50Ms <= mostAddedMs,
    figures: {
      addedP50Ms: hosted.addedP50Ms,
      directP50Ms: hosted.directP50Ms,
      throughP50Ms: hosted.throughP50Ms,
      throughP99Ms: hosted.throughP99Ms,
      addedP50MsAtOnce: atOnce.addedP50Ms,
      directP50MsAtOnce: atOnce.directP50Ms,
      throughP50MsAtOnce: atOnce.throughP50Ms,
      chatsPerSecondAtOnce: rounded(atOnce.chats / seconds, 0),
      cpuMsPerChat: rounded((cpuSeconds * 1000) / atOnce.chats, 2),
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      bodyBytes: requests.through.byteLength,
      seconds,
      hostedThinkMs: hostedThinkMs.join('–'),
      meaning: 'from asking to the answer, without what the provider thought',
      acknowledged: chats,
      rowsAfterRestart: rows,
      peakRssMiB,
    },
  }
}

/** The same question straight to the provider and through the server, one after the other. */
async function compare(
  provider: LoopbackProvider,
  how: { direct: Load; through: Load; thinkMs: LoopbackProvider['thinkMs'] },
) {
  provider.thinkMs = how.thinkMs
  const direct = await ask(how.direct)
  const through = await ask(how.through)
  const directP50Ms = rounded(percentile(direct, 0.5), 2)
  const throughP50Ms = rounded(percentile(through, 0.5), 2)
  return {
    chats: through.length,
    directP50Ms,
    throughP50Ms,
    throughP99Ms: rounded(percentile(through, 0.99), 2),
    addedP50Ms: rounded(throughP50Ms - directP50Ms, 2),
  }
}

/**
 * Asks on every connection, one request at a time, and gives what each answer took beside the
 * provider's thinking.
 */
async function ask({ port, request, seconds }: Load): Promise<number[]> {
  const tookMs: number[] = []
  const untilMs = performance.now() + seconds * 1000
  const lane = async (): Promise<void> => {
    using lane = await Lane.open(port)
    while (performance.now() < untilMs) {
      const startedMs = performance.now()
      const { status, body } = await lane.exchange(request)
      const wholeMs = performance.now() - startedMs
      if (status !== 200) throw new Error(`A question was answered with ${status} ${String(body)}`)
      tookMs.push(wholeMs - thoughtMsOf(body))
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
