import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { schemaSteps } from '../server/migrations/index.ts'
import { createBus } from '../server/src/platform/bus/bus.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import type { Database } from '../server/src/platform/db/database.ts'
import { openDatabase } from '../server/src/platform/db/open-database.ts'
import { randomIds } from '../server/src/platform/ids.ts'
import { JobEngine } from '../server/src/platform/jobs/job-engine.ts'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { percentile, rounded } from './support/percentile.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder, type TemporaryFolder } from './support/temporary-folder.ts'

const leastPerSecond = 1_000
const mostPickUpMs = 20
const type = 'empty'
const bound = 64

export const jobs: Bench = {
  name: 'jobs',
  target: `>= ${leastPerSecond} empty jobs/s on SQLite, made and run at the same time; a job that is made while none waits begins with p50 <= ${mostPickUpMs} ms`,
  run: measure,
}

async function measure({ scale, say }: Desk): Promise<BenchResult> {
  const { many, single } =
    scale === 'full' ? { many: 20_000, single: 200 } : { many: 500, single: 10 }
  await using folder = await temporaryFolder()
  const { figures, completed } = await withEngine(folder, async (station) => {
    const perSecond = await runMany(station, many)
    say(`${rounded(perSecond, 0)} jobs/s`)
    const tookMs = await pickUp(station, single)
    return {
      completed: await settledCount(station.db, many + single),
      figures: {
        jobsPerSecond: rounded(perSecond, 0),
        pickUpP50Ms: rounded(percentile(tookMs, 0.5), 2),
        pickUpP99Ms: rounded(percentile(tookMs, 0.99), 2),
      },
    }
  })
  if (completed !== many + single) throw new Error(`${completed} of ${many + single} completed`)
  return {
    isReached: figures.jobsPerSecond >= leastPerSecond && figures.pickUpP50Ms <= mostPickUpMs,
    figures,
    conditions: {
      fileSystem: await fileSystemOf(folder.path),
      durability: await durabilityOf({ kind: 'sqlite', dataDir: folder.path }),
      jobs: many,
      atATime: bound,
      meaning:
        'jobs/s: from the first transaction that makes some (100 each) to the last end; pick-up: from before the transaction that makes one to its handler, so a commit is in it',
    },
  }
}

interface Station {
  readonly db: Database
  readonly engine: JobEngine
  /** Called as each handler begins. */
  onBegun: () => void
}

async function withEngine<T>(
  folder: TemporaryFolder,
  work: (station: Station) => Promise<T>,
): Promise<T> {
  const bus = createBus((error) => {
    throw error
  })
  const fail = (details: object): never => {
    throw new Error(JSON.stringify(details))
  }
  const logger = { warn: () => undefined, error: fail }
  await using db = await openDatabase(
    { kind: 'sqlite', path: join(folder.path, 'pharos.db') },
    { logger, publish: (event) => bus.publish(event), onDeath: fail },
  )
  await db.migrate(schemaSteps)
  await using engine = new JobEngine({ db, clock: systemClock, ids: randomIds, logger })
  const station: Station = { db, engine, onBegun: () => undefined }
  engine.register({
    name: type,
    bound,
    read: (data) => data,
    run: async () => station.onBegun(),
  })
  bus.subscribe(engine)
  engine.start()
  return await work(station)
}

async function runMany(station: Station, count: number): Promise<number> {
  const all = Promise.withResolvers<void>()
  let begun = 0
  station.onBegun = () => {
    begun += 1
    if (begun === count) all.resolve()
  }
  const startedMs = performance.now()
  const batch = Array.from({ length: 100 }, () => ({ type, data: null }))
  for (let made = 0; made < count; made += batch.length) {
    await station.db.write((tx) => station.engine.enqueueAll(tx, batch))
  }
  await all.promise
  await settledCount(station.db, count)
  return count / ((performance.now() - startedMs) / 1000)
}

async function pickUp(station: Station, count: number): Promise<number[]> {
  const tookMs: number[] = []
  for (let index = 0; index < count; index += 1) {
    const begun = Promise.withResolvers<void>()
    station.onBegun = begun.resolve
    const startedMs = performance.now()
    await station.db.write((tx) => station.engine.enqueue(tx, { type, data: null }))
    await begun.promise
    tookMs.push(performance.now() - startedMs)
    await sleep(10)
  }
  return tookMs
}

/** The end of a job is saved after its handler; gives how many have ended once they all have. */
async function settledCount(db: Database, expected: number): Promise<number> {
  const longestMs = performance.now() + 10_000
  for (;;) {
    const count = await countCompleted(db)
    if (count >= expected || performance.now() > longestMs) return count
    await sleep(1)
  }
}

async function countCompleted(db: Database): Promise<number> {
  const { count } = await db.read((tx) =>
    tx.db
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll().as('count'))
      .where('type', '=', type)
      .where('status', '=', 'completed')
      .executeTakeFirstOrThrow(),
  )
  return Number(count)
}
