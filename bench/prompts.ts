import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const connections = 32
const versions = 3
const promptBytes = 1024
const least = { listPage: 2_500, createComment: 1_500, createPrompt: 800 } as const

export const prompts: Bench = {
  name: 'prompts',
  target: `${connections} connections, prompts of 1 KB with ${versions} versions: a page of 10 of 3,000 >= ${least.listPage}/s, comments >= ${least.createComment}/s, prompts >= ${least.createPrompt}/s`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const { count, seconds } =
    scale === 'full' ? { count: 3_000, seconds: 6 } : { count: 60, seconds: 1 }
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using server = await startServer({ dataDir, nodeFlags })
  const { port } = server
  const promptId = await fill(port, count)
  const text = 'x'.repeat(promptBytes)
  const comment = { text: 'Too long', data: { type: 'generic' }, prompt_id: promptId }
  const pageBytes = await bytesOf(port, '/api/v1/prompts')
  const cpu = server.cpuSeconds()
  const page = await load(port, seconds, { status: 200, next: () => get('/api/v1/prompts') })
  const pageCpuMs = ((server.cpuSeconds() - cpu) * 1000) / page.count
  const commented = await load(port, seconds, {
    status: 201,
    next: () => send('POST', '/api/v1/comments', comment),
  })
  const made = await load(port, seconds, {
    status: 201,
    next: () => send('POST', '/api/v1/prompts', { name: crypto.randomUUID(), prompt: text }),
  })
  say(`pages ${page.perSecond}/s, comments ${commented.perSecond}/s, prompts ${made.perSecond}/s`)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return {
    isReached:
      page.perSecond >= least.listPage &&
      commented.perSecond >= least.createComment &&
      made.perSecond >= least.createPrompt,
    figures: {
      pagesPerSecond: page.perSecond,
      pageP50Ms: page.p50Ms,
      pageCpuMs: rounded(pageCpuMs, 3),
      pageBytes,
      commentsPerSecond: commented.perSecond,
      commentP50Ms: commented.p50Ms,
      promptsPerSecond: made.perSecond,
      promptP50Ms: made.p50Ms,
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      connections,
      prompts: count,
      peakRssMiB,
    },
  }
}

/** Makes prompts with their versions; gives the id of one. */
async function fill(port: number, count: number): Promise<string> {
  const left = Array.from({ length: count }, (_, index) => index)
  const ids: string[] = []
  const work = async (): Promise<void> => {
    using lane = await Lane.open(port)
    for (let index = left.pop(); index !== undefined; index = left.pop()) {
      ids.push(await makePrompt(lane, `Prompt ${index}`))
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  const [id] = ids
  if (id === undefined) throw new Error('No prompt was made')
  return id
}

async function makePrompt(lane: Lane, name: string): Promise<string> {
  const textOf = (version: number): string => `v${version} `.padEnd(promptBytes, 'words ')
  const made = await lane.exchange(send('POST', '/api/v1/prompts', { name, prompt: textOf(1) }))
  if (made.status !== 201) throw new Error(`A prompt was answered with ${made.status}`)
  const { data }: { data: { id: string } } = JSON.parse(made.body.toString())
  for (let version = 2; version <= versions; version += 1) {
    const change = { prompt: textOf(version) }
    const { status } = await lane.exchange(send('PUT', `/api/v1/prompts/${data.id}`, change))
    if (status !== 200) throw new Error(`A change was answered with ${status}`)
  }
  return data.id
}

interface Source {
  readonly status: number
  next(): Uint8Array
}

async function load(port: number, seconds: number, { status: expected, next }: Source) {
  const tookMs: number[] = []
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  const work = async (): Promise<void> => {
    using lane = await Lane.open(port)
    while (performance.now() < untilMs) {
      const sentMs = performance.now()
      const { status } = await lane.exchange(next())
      if (status !== expected) throw new Error(`It was answered with ${status}`)
      tookMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  const tookSeconds = (performance.now() - startedMs) / 1000
  return {
    count: tookMs.length,
    perSecond: rounded(tookMs.length / tookSeconds, 0),
    p50Ms: rounded(percentile(tookMs, 0.5), 2),
  }
}

async function bytesOf(port: number, path: string): Promise<number> {
  using lane = await Lane.open(port)
  return (await lane.exchange(get(path))).body.byteLength
}

function get(path: string): Uint8Array {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
}

function send(method: string, path: string, value: unknown): Uint8Array {
  const body = JSON.stringify(value)
  return Buffer.from(
    [
      `${method} ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
