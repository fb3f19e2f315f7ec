import { randomBytes } from 'node:crypto'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { schemaSteps } from '../../server/migrations/index.ts'
import { planIngest } from '../../server/src/features/traces/plan-ingest.ts'
import { fromNewTrace, fromSpan } from '../../server/src/features/traces/rows.ts'
import { newSpan, type NewSpan } from '../../server/src/features/traces/index.ts'
import { openDatabase } from '../../server/src/platform/db/open-database.ts'
import { llmAttributes } from './llm-span.ts'
import type { SampleText } from './sample-text.ts'

export interface SeedShape {
  readonly traces: number
  readonly spansPerTrace: number
  /** JSON of a span's attributes. */
  readonly attributesBytes: number
}

const tracesPerTransaction = 2_000
/** Distinct payloads; making each anew would take most of the time. */
const maxPayloads = 20_000
const newestSecond = 1_750_000_000
const secondsBetweenTraces = 30

/** An empty database file with the server's schema. */
export async function createDatabaseFile(path: string): Promise<void> {
  await using database = await openDatabase(
    { kind: 'sqlite', path },
    {
      logger: { warn: () => undefined, error: () => undefined },
      publish: () => undefined,
      onDeath: (error) => {
        throw error
      },
    },
  )
  await database.migrate(schemaSteps)
}

/**
 * Writes spans into a new database file, past the server: the rows that its own plan gives, in
 * large transactions without syncing, with the indexes that may be missing made at the end.
 */
export async function seedDatabase(
  path: string,
  shape: SeedShape,
  text: SampleText,
): Promise<void> {
  await createDatabaseFile(path)
  using database = new DatabaseSync(path)
  database.exec(`pragma journal_mode = off; pragma synchronous = off; pragma foreign_keys = off;
    pragma cache_size = -262144; pragma temp_store = memory`)
  const indexes = dropIndexes(database)
  const rows = new RowWriter(database)
  const payloads = payloadsFor(shape, text)
  for (let trace = 0; trace < shape.traces; trace++) {
    if (trace % tracesPerTransaction === 0) database.exec('begin')
    const receivedAt = newestSecond - (shape.traces - trace) * secondsBetweenTraces
    rows.addTrace(spansOf(trace, shape, payloads), receivedAt)
    const isLast = (trace + 1) % tracesPerTransaction === 0 || trace + 1 === shape.traces
    if (isLast) database.exec('commit')
  }
  rows.saveCounters()
  for (const sql of indexes) database.exec(sql)
  database.exec('pragma journal_mode = wal')
}

/** Drops the indexes that are no constraint, and gives what makes them again. */
function dropIndexes(database: DatabaseSync): string[] {
  const indexes = database
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null`)
    .all()
  for (const { name } of indexes) database.exec(`drop index ${String(name)}`)
  return indexes.map(({ sql }) => String(sql))
}

function payloadsFor(shape: SeedShape, text: SampleText): NewSpan[] {
  const count = Math.min(maxPayloads, shape.traces * shape.spansPerTrace)
  return Array.from({ length: count }, (_, index) =>
    newSpan({
      spanId: '',
      traceId: '',
      parentSpanId: null,
      spanType: 'llm_call',
      name: `chat completion ${index % 50}`,
      status: index % 97 === 0 ? 'error' : 'ok',
      errorMessage: index % 97 === 0 ? 'The provider answered with 529' : null,
      startTime: 0,
      endTime: null,
      sdkLanguage: index % 3 === 0 ? 'javascript' : 'python',
      attributes: llmAttributes(text, index, shape.attributesBytes),
    }),
  )
}

function spansOf(
  trace: number,
  { spansPerTrace }: SeedShape,
  payloads: readonly NewSpan[],
): NewSpan[] {
  const traceId = randomBytes(16).toString('hex')
  const rootId = randomBytes(8).toString('hex')
  return Array.from({ length: spansPerTrace }, (_, index) => {
    const payload = payloads[(trace * spansPerTrace + index) % payloads.length]
    if (!payload) throw new Error('There are no payloads')
    const startTime = newestSecond - trace + index / 4
    const spanId = index === 0 ? rootId : randomBytes(8).toString('hex')
    const parentSpanId = index === 0 ? null : rootId
    return { ...payload, traceId, spanId, parentSpanId, startTime, endTime: startTime + 1.25 }
  })
}

const nothingKnown = { spans: new Map(), traces: new Map() }

/** Numbers rows as the server does and writes them, one prepared statement a table. */
class RowWriter {
  readonly #database: DatabaseSync
  readonly #inserts = new Map<string, StatementSync>()
  #traceSeq = 0
  #spanSeq = 0

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  addTrace(spans: readonly NewSpan[], receivedAt: number): void {
    const plan = planIngest(
      [{ spans, receivedAt, ownerKey: null, announce: 'never' }],
      nothingKnown,
    )
    for (const head of plan.traces.values()) {
      this.#traceSeq += 1
      this.#insert('traces', fromNewTrace(this.#traceSeq, head, {}))
    }
    for (const span of plan.spans.values()) {
      this.#spanSeq += 1
      this.#insert('spans', fromSpan(this.#spanSeq, span))
      this.#insert('span_payloads', {
        seq: this.#spanSeq,
        attributes: span.attributesJson,
        mapped: span.mappedJson,
      })
    }
  }

  saveCounters(): void {
    this.#insert('counters', { name: 'traces', value: this.#traceSeq })
    this.#insert('counters', { name: 'spans', value: this.#spanSeq })
  }

  #insert(table: string, row: object): void {
    let insert = this.#inserts.get(table)
    if (!insert) {
      const columns = Object.keys(row)
      insert = this.#database.prepare(
        `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      )
      this.#inserts.set(table, insert)
    }
    insert.run(...valuesOf(row))
  }
}

/** Rows of our own schema hold nothing but what SQLite stores. */
function valuesOf(row: object): SQLInputValue[] {
  return Object.values(row) as SQLInputValue[]
}
