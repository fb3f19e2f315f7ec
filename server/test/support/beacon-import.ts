import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Caller, Uses } from '../../src/features/identity/index.ts'
import {
  importBeaconDatabase,
  type BeaconDatabaseImport,
  type BeaconDatabaseOptions,
} from '../../src/features/traces/import-beacon-database.ts'
import { findSpans, pageOfSpans } from '../../src/features/traces/span-store.ts'
import type { Span, Trace } from '../../src/features/traces/span.ts'
import { findTraces } from '../../src/features/traces/trace-store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { Workroom } from '../../src/platform/threads/workroom.ts'
import { callerWith } from './caller.ts'
import type { TestDatabase } from './database.ts'

const doneKey = 'beacon_database_import'

/** Imports into a suite's database, before each test as if none had been made yet. */
export interface BeaconImports {
  /** Where the file to import is to be written, in a folder of its own. */
  readonly path: string
  readonly scratchDir: string
  readonly workroom: Workroom
  context(): Uses<'db' | 'clock' | 'caller'>
  run(options?: Partial<BeaconDatabaseOptions>, caller?: Caller): Promise<BeaconDatabaseImport>
  /** Forgets that an import was made. */
  forget(): Promise<void>
  /** What the store remembers of a finished import. */
  remembered(): Promise<unknown>
  traceOf(traceId: string): Promise<Trace | undefined>
  spanOf(spanId: string): Promise<Span | undefined>
  spanIdsOf(traceId: string): Promise<string[]>
}

/** Registers its hooks in the suite that calls it. */
export function beaconImports(store: TestDatabase): BeaconImports {
  const made = { path: '', scratchDir: '', workroom: undefined as Workroom | undefined }
  const workroomOf = (): Workroom => {
    if (!made.workroom) throw new Error('The workroom is open only while tests run')
    return made.workroom
  }
  const forget = async (): Promise<void> => {
    await store.db.write((tx) => tx.db.deleteFrom('settings').where('key', '=', doneKey).execute())
  }
  beforeAll(() => {
    made.workroom = new Workroom((error) => {
      throw error
    })
  })
  afterAll(() => made.workroom?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    await forget()
    made.path = join(await mkdtemp(join(store.dir, 'beacon-')), 'traces.db')
    made.scratchDir = await mkdtemp(join(store.dir, 'data-'))
  })
  const importer: Caller = callerWith('traces:write', 'settings:manage')
  const context = (caller = importer) => ({
    db: store.db,
    clock: systemClock,
    caller,
  })
  return {
    get path() {
      return made.path
    },
    get scratchDir() {
      return made.scratchDir
    },
    get workroom() {
      return workroomOf()
    },
    context: () => context(),
    run: (options = {}, caller = importer) =>
      importBeaconDatabase(context(caller), {
        path: made.path,
        scratchDir: made.scratchDir,
        workroom: workroomOf(),
        signal: new AbortController().signal,
        onProgress: () => undefined,
        ...options,
      }),
    forget,
    async remembered() {
      const rows = await store.db.read((tx) =>
        tx.db.selectFrom('settings').select('value').where('key', '=', doneKey).execute(),
      )
      return rows[0] && JSON.parse(rows[0].value)
    },
    async traceOf(traceId) {
      return (await store.db.read((tx) => findTraces(tx, [traceId], 'all')))[0]
    },
    async spanOf(spanId) {
      return (await store.db.read((tx) => findSpans(tx, [spanId])))[0]
    },
    async spanIdsOf(traceId) {
      const spans = await store.db.read((tx) => pageOfSpans(tx, traceId, undefined, 100_000))
      return spans.map(({ spanId }) => spanId)
    },
  }
}
