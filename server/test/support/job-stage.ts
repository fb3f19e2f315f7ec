import { randomUUID } from 'node:crypto'
import { schemaSteps } from '../../migrations/index.ts'
import { createBus, type Bus, type Listener } from '../../src/platform/bus/bus.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Database } from '../../src/platform/db/database.ts'
import type { DatabaseLocation } from '../../src/platform/db/open-database.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { JobEngine } from '../../src/platform/jobs/job-engine.ts'
import type { JobEngineOptions } from '../../src/platform/jobs/job-engine-options.ts'
import { toJob, type Job } from '../../src/platform/jobs/job.ts'
import type { JobType, NewJob, RunningJob } from '../../src/platform/jobs/job-type.ts'
import { openForTest } from './database.ts'

/** One process's view of a database: engines on it hear what it tells. */
export class JobStage implements AsyncDisposable {
  readonly db: Database
  readonly #bus: Bus
  readonly #engines: JobEngine[] = []
  readonly #logged: string[] = []

  static async open(location: DatabaseLocation): Promise<JobStage> {
    const bus = createBus((error) => {
      throw error
    })
    const { db } = await openForTest(location, { publish: (event) => bus.publish(event) })
    await db.migrate(schemaSteps)
    return new JobStage(db, bus)
  }

  private constructor(db: Database, bus: Bus) {
    this.db = db
    this.#bus = bus
  }

  /** What engines have logged so far. */
  get logged(): readonly string[] {
    return this.#logged
  }

  /** An engine of this process that knows these types, started. */
  engine(types: readonly JobType[], options: Partial<JobEngineOptions> = {}): JobEngine {
    const note = (_details: object, message: string) => this.#logged.push(message)
    const engine = new JobEngine({
      db: this.db,
      clock: systemClock,
      ids: randomIds,
      logger: { warn: note, error: note },
      isAlone: false,
      ...options,
    })
    for (const type of types) engine.register(type)
    this.#bus.subscribe(engine)
    this.#engines.push(engine)
    engine.start()
    return engine
  }

  /** Lets somebody else of this process hear what it is told. */
  subscribe(listener: Listener): void {
    this.#bus.subscribe(listener)
  }

  /** Makes jobs in one transaction; gives their ids. */
  make(engine: JobEngine, ...jobs: readonly NewJob[]): Promise<string[]> {
    return this.db.write((tx) => engine.enqueueAll(tx, jobs))
  }

  async job(id: string): Promise<Job> {
    const row = await this.db.read((tx) =>
      tx.db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    )
    return toJob(row)
  }

  async jobsOf(type: string): Promise<Job[]> {
    const rows = await this.db.read((tx) =>
      tx.db.selectFrom('jobs').selectAll().where('type', '=', type).orderBy('seq').execute(),
    )
    return rows.map(toJob)
  }

  /** Ends the engines of a test, with no patience for what still runs. */
  async clear(): Promise<void> {
    await Promise.all(this.#engines.splice(0).map((engine) => engine.stop(0)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear()
    await this.db[Symbol.asyncDispose]()
  }
}

/** A kind of jobs with a name that no other test has; data is what it is. */
export function typeThat(
  run: (job: RunningJob) => Promise<unknown>,
  more: Partial<JobType> = {},
): JobType {
  return { name: `test-${randomUUID()}`, read: (data) => data, run, ...more }
}

/** Resolves when the job is to stop, as a handler does that has nothing to clear up. */
export function untilStopped({ signal }: RunningJob): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
