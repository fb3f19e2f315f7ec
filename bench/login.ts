import {
  localCaller,
  logInWithPassword,
  PasswordRoom,
  registerFirstAdmin,
} from '../server/src/features/identity/index.ts'
import { hashPassword, verifyPassword } from '../server/src/features/identity/users/passwords.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import { randomIds } from '../server/src/platform/ids.ts'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { openBenchDatabase } from './support/people.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostIdleMs = 75
const mostHashesAtOnce = 2
const atOnce = 8
const person = { email: 'ann@example.org', name: 'Ann', password: 'correct horse' }

export const login: Bench = {
  name: 'login',
  target:
    `one login with a password, idle: about 50 ms (p50 <= ${mostIdleMs}); ` +
    `${atOnce} at once: <= ${mostHashesAtOnce} hashes at a time`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const logins = scale === 'full' ? 40 : 4
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const own = await measureHere(dataDir, logins)
  const idleP50Ms = rounded(percentile(own.idleMs, 0.5), 1)
  say(`idle p50 ${idleP50Ms} ms, ${own.gauge.most} hashes at a time of ${atOnce} logins`)
  await using server = await startServer({ dataDir, nodeFlags })
  const overHttpMs = await times(logins, poster(server.port))
  await server.stop()
  return {
    isReached: idleP50Ms <= mostIdleMs,
    figures: {
      idleP50Ms,
      idleP99Ms: rounded(percentile(own.idleMs, 0.99), 1),
      hashP50Ms: rounded(percentile(own.hashMs, 0.5), 1),
      allOfManyP50Ms: rounded(percentile(own.crowdMs, 0.5), 1),
      hashesAtATime: own.gauge.most,
      overHttpP50Ms: rounded(percentile(overHttpMs, 0.5), 1),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      logins,
      atOnce,
      meaning: `allOfMany: until the last of ${atOnce} logins begun together was in`,
    },
  }
}

/** Counts how many hashes are worked out at the same time. */
class HashGauge {
  most = 0
  #running = 0

  hash(password: string): Promise<string> {
    return this.#count(() => hashPassword(password))
  }

  verify(password: string, stored: string | null) {
    return this.#count(() => verifyPassword(password, stored))
  }

  async #count<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1
    this.most = Math.max(this.most, this.#running)
    try {
      return await work()
    } finally {
      this.#running -= 1
    }
  }
}

/** The verb itself in this process, over a database on disk. Throws if it hashes too much at once. */
async function measureHere(dataDir: string, logins: number) {
  await using db = await openBenchDatabase(dataDir)
  const gauge = new HashGauge()
  const passwords = new PasswordRoom(gauge)
  const ctx = { db, clock: systemClock, ids: randomIds, caller: localCaller(), passwords }
  await registerFirstAdmin(ctx, person)
  const enter = async (): Promise<void> => void (await logInWithPassword(ctx, person))
  const stored = await hashPassword(person.password)
  const hashMs = await times(logins, async () => void (await verifyPassword('another', stored)))
  const idleMs = await times(logins, enter)
  const crowd = async (): Promise<void> => {
    await Promise.all(Array.from({ length: atOnce }, enter))
  }
  const crowdMs = await times(Math.ceil(logins / 4), crowd)
  if (gauge.most > mostHashesAtOnce) throw new Error(`There were ${gauge.most} hashes at a time`)
  return { idleMs, hashMs, crowdMs, gauge }
}

/** Logs in as a client does that was not connected. */
function poster(port: number): () => Promise<void> {
  const { email, password } = person
  const body = JSON.stringify({ email, password })
  const head = [
    'POST /api/v1/auth/login HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  return async () => {
    using lane = await Lane.open(port)
    const reply = await lane.exchange(request)
    if (reply.status !== 200) throw new Error(`A login: ${reply.status} ${reply.body.toString()}`)
  }
}

/** What each of so many took, one after the other, once warm. */
async function times(count: number, work: () => Promise<void>): Promise<number[]> {
  await work()
  const tookMs: number[] = []
  for (let time = 0; time < count; time += 1) {
    const startedMs = performance.now()
    await work()
    tookMs.push(performance.now() - startedMs)
  }
  return tookMs
}
