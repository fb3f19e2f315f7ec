import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type pg from 'pg'
import type { BusEvent } from '../bus/event.ts'
import { Thread } from '../threads/thread.ts'
import type { Database, Group, Task, Tx, WriteTx } from './database.ts'
import { GroupQueue } from './group-queue.ts'
import { GroupQueues } from './group-queues.ts'
import { migrateToLatest } from './migrate.ts'
import type { SchemaSteps } from './schema-steps.ts'
import type { DatabaseOptions } from './database-options.ts'
import { writeOutbox } from './outbox.ts'
import { OutboxListener } from './outbox-listener.ts'
import { openPostgresPool } from './postgres-connection.ts'
import { PostgresTransactions } from './postgres-transactions.ts'
import type { DbThreadMessage, GroupReplies, PostgresThreadSettings } from './thread-messages.ts'
import { publishEach, runEffects, type Effects } from './write-effects.ts'

interface Parts {
  readonly pool: pg.Pool
  readonly thread: Thread
  readonly transactions: PostgresTransactions
  readonly listener: OutboxListener
  readonly origin: string
  readonly options: DatabaseOptions
}

/**
 * PostgreSQL: interactive transactions on a pool of the main thread, tasks and groups on
 * another in a thread of their own. Several processes may share one database.
 */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly #parts: Parts
  readonly #groups: GroupQueues

  /** Throws `unavailable` when the server cannot be reached. */
  static async open(url: string, options: DatabaseOptions): Promise<PostgresDatabase> {
    const origin = randomUUID()
    const { logger, slowQueryMs } = options
    const pool = openPostgresPool({
      url,
      maxConnections: 10,
      onIdleError: (error) => logger.warn({ err: error }, 'a database connection was lost'),
    })
    const transactions = new PostgresTransactions(pool, {
      slowQueryMs,
      onSlowQuery: (sql, elapsedMs) => logger.warn({ sql, elapsedMs }, 'slow query'),
    })
    try {
      await transactions.read(async () => undefined)
    } catch (error) {
      await pool.end()
      throw error
    }
    const data: PostgresThreadSettings = { engine: 'postgres', url, origin, slowQueryMs }
    const thread = new Thread({
      name: 'db-postgres',
      entry: new URL('./db-thread.ts', import.meta.url),
      data,
      onDeath: options.onDeath,
      onNotice: (notice) => logger.warn({ notice }, 'slow query'),
    })
    const { publish } = options
    const listener = new OutboxListener({ url, origin, transactions, publish, logger })
    return new PostgresDatabase({ pool, thread, transactions, listener, origin, options })
  }

  private constructor(parts: Parts) {
    this.#parts = parts
    this.#groups = new GroupQueues(
      (group) =>
        new GroupQueue({
          group,
          limits: parts.options.groupLimits,
          run: (inputs, transfer) => this.#runGroup(group, inputs, transfer),
          publish: (events) => this.#publish(events),
        }),
    )
  }

  async migrate(steps: SchemaSteps): Promise<string[]> {
    const { transactions, listener } = this.#parts
    const applied = await transactions.withConnection((db) =>
      migrateToLatest(db, 'postgres', steps),
    )
    await listener.start()
    return applied
  }

  read<T>(query: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#parts.transactions.read(query)
  }

  async write<T>(change: (tx: WriteTx) => Promise<T>): Promise<T> {
    const { value, effects } = await this.#parts.transactions.write(async (tx) => {
      const made: Effects = { events: [], afterCommit: [] }
      const result = await change({
        ...tx,
        afterCommit: (effect) => made.afterCommit.push(effect),
        publish: (event) => made.events.push(event),
      })
      await writeOutbox(tx, this.#parts.origin, made.events)
      return { value: result, effects: made }
    })
    this.#publish(effects.events)
    runEffects(effects, this.#parts.options.logger)
    return value
  }

  run<I, O>(task: Task<I, O>, input: I, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    const message: DbThreadMessage = { kind: 'task', module: task.module, name: task.name, input }
    return this.#parts.thread.call<O>(message, transfer)
  }

  enqueue<I, O>(
    group: Group<I, O>,
    input: I,
    sizeBytes: number,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<O> {
    return this.#groups.add(group, input, sizeBytes, transfer)
  }

  get waitingBytes(): number {
    return this.#groups.waitingBytes
  }

  async ping(): Promise<void> {
    await this.#parts.transactions.withConnection((db) => sql`select 1`.execute(db))
  }

  sizeBytes(): Promise<number> {
    return this.#parts.transactions.read(async ({ db }) => {
      const { rows } = await sql<{ size: number }>`
        select pg_database_size(current_database()) as size`.execute(db)
      return rows[0]?.size ?? 0
    })
  }

  async compact(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    const { listener, thread, pool } = this.#parts
    await listener[Symbol.asyncDispose]()
    await thread[Symbol.asyncDispose]()
    await pool.end()
  }

  #runGroup(
    { module, name }: Group<unknown, unknown>,
    inputs: readonly unknown[],
    transfer: readonly ArrayBuffer[],
  ): Promise<GroupReplies> {
    const isHeard = this.#parts.options.isHeard()
    const message: DbThreadMessage = { kind: 'group', module, name, inputs, isHeard }
    return this.#parts.thread.call<GroupReplies>(message, transfer)
  }

  #publish(events: readonly BusEvent[]): void {
    if (events.length === 0) return
    publishEach(events, this.#parts.options.publish, this.#parts.options.logger)
    this.#parts.listener.notify()
  }
}
