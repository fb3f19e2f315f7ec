import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { schemaSteps } from '../../migrations/index.ts'
import type { BusEvent } from '../../src/platform/bus/event.ts'
import type { Database, Dialect } from '../../src/platform/db/database.ts'
import {
  openDatabase,
  type DatabaseLocation,
  type OpenDatabaseOptions,
} from '../../src/platform/db/open-database.ts'
import { dropPostgres, freshPostgresUrl } from './postgres.ts'

/** A database of its own for one suite; its members exist only while tests run. */
export interface TestDatabase {
  readonly dialect: Dialect
  readonly db: Database
  readonly location: DatabaseLocation
  /** What `db` has told so far, oldest first. */
  readonly published: BusEvent[]
  /** What `db` has logged so far: the messages. */
  readonly logged: string[]
  /** A folder for files, removed after the suite. */
  readonly dir: string
}

/**
 * Runs a suite on a SQLite file and on PostgreSQL, each empty and with the newest schema. The
 * tests of a suite share the database, so they tell their rows apart by fresh ids.
 */
export function describeEachDatabase(name: string, suite: (store: TestDatabase) => void): void {
  for (const dialect of ['sqlite', 'postgres'] as const) {
    describe(`${name} [${dialect}]`, () => {
      const store = new SuiteDatabase(dialect)
      beforeAll(() => store.open())
      afterAll(() => store.close())
      suite(store)
    })
  }
}

/** Opens a database and collects what it tells; the schema is not touched. */
export async function openForTest(
  location: DatabaseLocation,
  options: Partial<OpenDatabaseOptions> = {},
): Promise<{ db: Database; published: BusEvent[]; logged: string[]; deaths: Error[] }> {
  const published: BusEvent[] = []
  const logged: string[] = []
  const deaths: Error[] = []
  const note = (_details: object, message: string): void => {
    logged.push(message)
  }
  const db = await openDatabase(location, {
    logger: { warn: note, error: note },
    publish: (event) => published.push(event),
    onDeath: (error) => deaths.push(error),
    ...options,
  })
  return { db, published, logged, deaths }
}

/** Where a new empty database may be opened, in a folder or on the run's PostgreSQL. */
export async function freshLocation(dialect: Dialect, dir: string): Promise<DatabaseLocation> {
  if (dialect === 'postgres') return { kind: 'postgres', url: await freshPostgresUrl() }
  return { kind: 'sqlite', path: join(await mkdtemp(join(dir, 'db-')), 'pharos.db') }
}

interface Open {
  readonly db: Database
  readonly location: DatabaseLocation
  readonly published: BusEvent[]
  readonly logged: string[]
  readonly dir: string
}

class SuiteDatabase implements TestDatabase {
  readonly dialect: Dialect
  #open: Open | undefined

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  get db(): Database {
    return this.#opened().db
  }

  get location(): DatabaseLocation {
    return this.#opened().location
  }

  get published(): BusEvent[] {
    return this.#opened().published
  }

  get logged(): string[] {
    return this.#opened().logged
  }

  get dir(): string {
    return this.#opened().dir
  }

  async open(): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), 'pharos-db-'))
    const location = await freshLocation(this.dialect, dir)
    const { db, published, logged } = await openForTest(location)
    this.#open = { db, location, published, logged, dir }
    await db.migrate(schemaSteps)
  }

  async close(): Promise<void> {
    const open = this.#open
    if (!open) return
    this.#open = undefined
    await open.db[Symbol.asyncDispose]()
    if (open.location.kind === 'postgres') await dropPostgres(open.location.url)
    await rm(open.dir, { recursive: true, force: true })
  }

  #opened(): Open {
    if (!this.#open) throw new Error('The database is open only while tests and hooks run')
    return this.#open
  }
}
