import { DatabaseSync } from 'node:sqlite'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { createDatabaseFile } from './support/seed.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { databaseFile, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMs = 100
const connections = 32
const days = 90

/** Each as a page asks that shows everything: the usual windows would leave most rows out. */
const routes = {
  stats: '/stats',
  summary: '/token-usage/summary',
  daily: '/token-usage/daily?startDate=2000-01-01',
  dailyGrouped: '/token-usage/daily/grouped',
  hourly: '/token-usage/hourly?startDate=2000-01-01',
  hourlyGrouped: '/token-usage/hourly/grouped?startDate=2000-01-01',
} as const
type RouteName = keyof typeof routes

export const dashboard: Bench = {
  name: 'dashboard',
  target: `${connections} connections, 100,000 completed executions over ${days} days, 24 models, every row in the window: the slowest of the six routes p50 <= ${mostMs} ms`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const { count, rounds } =
    scale === 'full' ? { count: 100_000, rounds: 40 } : { count: 500, rounds: 3 }
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await fill(databaseFile(dataDir), count)
  say(`stored ${count} executions`)
  await using server = await startServer({ dataDir, nodeFlags })
  using lane = await Lane.open(server.port)
  await checkCount(lane, count)
  const taken: Taken[] = []
  for (const name of routeNames()) taken.push(await measureRoute(server, { name, rounds }))
  const [slowest] = taken.toSorted((one, other) => other.p50Ms - one.p50Ms)
  if (slowest === undefined) throw new Error('No route was asked')
  for (const { name, p50Ms, cpuMs } of taken) say(`${name} ${p50Ms} ms, of which CPU ${cpuMs} ms`)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return {
    isReached: slowest.p50Ms <= mostMs,
    figures: {
      slowestP50Ms: slowest.p50Ms,
      slowestCpuMs: slowest.cpuMs,
      ...Object.fromEntries(taken.map(({ name, p50Ms }) => [`${name}P50Ms`, p50Ms])),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      slowest: slowest.name,
      executions: count,
      connections,
      peakRssMiB,
    },
  }
}

interface Taken {
  readonly name: RouteName
  readonly p50Ms: number
  /** Of the server, for one request. */
  readonly cpuMs: number
}

async function measureRoute(
  server: ServerChild,
  { name, rounds }: { readonly name: RouteName; readonly rounds: number },
): Promise<Taken> {
  const cpu = server.cpuSeconds()
  const tookMs: number[] = []
  const work = async (): Promise<void> => {
    using lane = await Lane.open(server.port)
    for (let round = 0; round < rounds; round += 1) {
      const sentMs = performance.now()
      await ask(lane, routes[name])
      tookMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  const cpuMs = ((server.cpuSeconds() - cpu) * 1000) / tookMs.length
  return { name, p50Ms: rounded(percentile(tookMs, 0.5), 1), cpuMs: rounded(cpuMs, 1) }
}

function routeNames(): RouteName[] {
  return ['stats', 'summary', 'daily', 'dailyGrouped', 'hourly', 'hourlyGrouped']
}

async function ask(lane: Lane, route: string): Promise<Buffer> {
  const path = `/api/v1/dashboard${route}`
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`
  const { status, body } = await lane.exchange(Buffer.from(request))
  if (status !== 200) throw new Error(`${path} was answered with ${status}`)
  return body
}

async function checkCount(lane: Lane, count: number): Promise<void> {
  const { data }: { data: { totalExecutions: number } } = JSON.parse(
    (await ask(lane, routes.stats)).toString(),
  )
  if (data.totalExecutions !== count) throw new Error(`${data.totalExecutions} were counted`)
}

const providers = ['openai', 'anthropic', 'gemini', 'ollama', 'deepseek', 'deepinfra']

/** Completed executions, evenly over the days before now, with inputs and results of some hundred bytes. */
async function fill(path: string, count: number): Promise<void> {
  await createDatabaseFile(path)
  using database = new DatabaseSync(path)
  database.exec('pragma synchronous = off; begin')
  const insert = database.prepare(
    `insert into executions (id, seq, prompt_text, user_input, provider, model, status, result,
       input_tokens, output_tokens, cost_usd, started_at, completed_at, origin, created_at, updated_at)
     values (?, ?, 'Translate', ?, ?, ?, 'completed', ?, ?, ?, ?, ?, ?, 'app', ?, ?)`,
  )
  const nowSeconds = Date.now() / 1000
  for (let index = 0; index < count; index += 1) {
    const provider = providers[index % providers.length] ?? ''
    const at = nowSeconds - days * 86_400 * (1 - index / count)
    insert.run(
      crypto.randomUUID(),
      index + 1,
      'a text of the user, '.repeat(10),
      provider,
      `${provider}-${Math.floor(index / 7) % 4}`,
      'what the model said, '.repeat(30),
      100 + (index % 1000),
      50 + (index % 300),
      0.0001 * (index % 17),
      at - 2,
      at,
      at - 3,
      at,
    )
  }
  database.exec('commit')
}
