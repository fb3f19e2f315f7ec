import { findCredential, resolveCaller } from '../server/src/features/identity/index.ts'
import type { Database } from '../server/src/platform/db/database.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { headEnd, Lane } from './support/lane.ts'
import { openBenchDatabase, seedKeys } from './support/people.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const leastPerSecond = 5_000
const keys = 1_000
const atOnce = 32
/** Answered from a constant, but only to who may read models. */
const cheapRoute = '/bodhi/v1/models/api/formats'

export const apiKeyCheck: Bench = {
  name: 'api-key-check',
  target: `checks of ${keys} API keys with their owners, ${atOnce} at once: >= ${leastPerSecond}/s`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const seconds = scale === 'full' ? 8 : 1
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const { secrets, checks } = await measureChecks(dataDir, seconds)
  say(`${rounded(checks.perSecond, 0)} checks a second, p50 ${rounded(checks.p50Ms, 2)} ms`)
  const environment = { PHAROS_AUTH: 'required' }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const requests = await measureRequests(server.port, secrets, seconds)
  say(`${rounded(requests.perSecond, 0)} requests a second, p50 ${rounded(requests.p50Ms, 2)} ms`)
  await server.stop()
  return {
    isReached: checks.perSecond >= leastPerSecond,
    figures: {
      checksPerSecond: rounded(checks.perSecond, 0),
      checkP50Ms: rounded(checks.p50Ms, 2),
      checkP99Ms: rounded(checks.p99Ms, 2),
      requestsPerSecond: rounded(requests.perSecond, 0),
      requestP50Ms: rounded(requests.p50Ms, 2),
      requestP99Ms: rounded(requests.p99Ms, 2),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      keys,
      users: keys,
      atOnce,
      seconds,
      meaning: `checks: found and resolved to a caller, in this process; requests: GET ${cheapRoute}`,
    },
  }
}

async function measureChecks(dataDir: string, seconds: number) {
  await using db = await openBenchDatabase(dataDir)
  const secrets = await seedKeys(db, keys)
  const check = (index: number) => checkKey(db, secrets[index % keys] ?? '')
  await repeat(check, seconds / 4)
  return { secrets, checks: await repeat(check, seconds) }
}

/** What a request pays before its route begins. */
async function checkKey(db: Database, secret: string): Promise<void> {
  const ctx = {
    db,
    clock: systemClock,
    sessionKey: new Uint8Array(32),
    checkSession: async () => ({ isAlive: true }) as const,
  }
  const credential = await findCredential(ctx, { keys: [secret], cookies: [] })
  const peer = { isLoopbackPeer: false, isLoopbackHost: false, originKind: 'absent' } as const
  const policy = { auth: 'required', ingestAuth: 'required' } as const
  const caller = resolveCaller(policy, { peer, credential, access: 'models:read' })
  if (caller.kind !== 'apiKey') throw new Error(`A key was taken for ${caller.kind}`)
}

async function measureRequests(port: number, secrets: readonly string[], seconds: number) {
  const lanes = await Promise.all(Array.from({ length: atOnce }, () => Lane.open(port)))
  const requests = secrets.map((secret) =>
    Buffer.from(
      `GET ${cheapRoute} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${secret}${headEnd}`,
    ),
  )
  const ask = async (index: number): Promise<void> => {
    const [lane, request] = [lanes[index % atOnce], requests[index % keys]]
    if (lane === undefined || request === undefined) throw new Error('There is nothing to ask')
    const { status, body } = await lane.exchange(request)
    if (status !== 200) throw new Error(`A key was answered with ${status} ${body.toString()}`)
  }
  try {
    await repeat(ask, seconds / 4)
    return await repeat(ask, seconds)
  } finally {
    for (const lane of lanes) lane[Symbol.dispose]()
  }
}

/** Does something over and over, so many at once; each of them counts up from its own number. */
async function repeat(work: (index: number) => Promise<void>, seconds: number) {
  const tookMs: number[] = []
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  const run = async (_: unknown, first: number): Promise<void> => {
    for (let index = first; performance.now() < untilMs; index += atOnce) {
      const beganMs = performance.now()
      await work(index)
      tookMs.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, run))
  return {
    perSecond: tookMs.length / ((performance.now() - startedMs) / 1000),
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
  }
}
