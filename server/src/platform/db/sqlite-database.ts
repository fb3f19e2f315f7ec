import { stat } from 'node:fs/promises'
import type { BusEvent } from '../bus/event.ts'
import { Thread } from '../threads/thread.ts'
import type { Connection, QueryReply } from './connection.ts'
import type { Database, Group, Task, Tx, WriteTx } from './database.ts'
import { GroupQueue } from './group-queue.ts'
import { GroupQueues } from './group-queues.ts'
import { kyselyOn } from './kysely.ts'
import { Lanes } from './lanes.ts'
import { migrateToLatest } from './migrate.ts'
import type { SchemaSteps } from './schema-steps.ts'
import type { DatabaseOptions } from './database-options.ts'
import type { DbThreadMessage, GroupReplies, SqliteThreadSettings } from './thread-messages.ts'
import { createTx } from './tx.ts'
import { Turns } from './turns.ts'
import { publishEach, runEffects, type Effects } from './write-effects.ts'

interface Lane {
  readonly thread: Thread
  readonly tx: Tx
}

/**
 * SQLite behind threads: one that writes, a few that only read. A write transaction has the
 * writer to itself; groups and transactions take turns in the order of asking.
 */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite'
  readonly #path: string
  readonly #options: DatabaseOptions
  readonly #writer: Lane
  readonly #writerTurns = new Turns()
  readonly #readers: Lanes<Lane>
  readonly #groups: GroupQueues

  /** Creates the file when there is none; throws `unavailable` when it cannot be opened. */
  static async open(
    path: string,
    readerCount: number,
    options: DatabaseOptions,
  ): Promise<SqliteDatabase> {
    const writer = openLane('writer', { path, isReadOnly: false }, options)
    try {
      await statement(writer.thread, 'select 1')
    } catch (error) {
      await writer.thread[Symbol.asyncDispose]()
      throw error
    }
    const readers = new Lanes({
      most: readerCount,
      open: (number) => openLane(`reader-${number}`, { path, isReadOnly: true }, options),
      whenReady: ({ thread }) => statement(thread, 'select 1'),
    })
    return new SqliteDatabase(path, writer, readers, options)
  }

  private constructor(path: string, writer: Lane, readers: Lanes<Lane>, options: DatabaseOptions) {
    this.#path = path
    this.#options = options
    this.#writer = writer
    this.#readers = readers
    this.#groups = new GroupQueues(
      (group) =>
        new GroupQueue({
          group,
          limits: options.groupLimits,
          run: (inputs, transfer) => this.#runGroup(group, inputs, transfer),
          publish: (events) => this.#publish(events),
        }),
    )
  }

  migrate(steps: SchemaSteps): Promise<string[]> {
    const { tx } = this.#writer
    return this.#writerTurns.take(() => migrateToLatest(tx.db, 'sqlite', steps))
  }

  async read<T>(query: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#readers.take(async ({ thread, tx }) => {
      await statement(thread, 'begin')
      try {
        return await query(tx)
      } finally {
        await statement(thread, 'commit')
      }
    })
  }

  async write<T>(change: (tx: WriteTx) => Promise<T>): Promise<T> {
    const { thread, tx } = this.#writer
    const effects: Effects = { events: [], afterCommit: [] }
    const result = await this.#writerTurns.take(async () => {
      await statement(thread, 'begin immediate')
      try {
        const value = await change({
          ...tx,
          afterCommit: (effect) => effects.afterCommit.push(effect),
          publish: (event) => effects.events.push(event),
        })
        await statement(thread, 'commit')
        return value
      } catch (error) {
        await statement(thread, 'rollback').catch(() => undefined)
        throw error
      }
    })
    this.#publish(effects.events)
    runEffects(effects, this.#options.logger)
    return result
  }

  async run<I, O>(task: Task<I, O>, input: I, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    const message: DbThreadMessage = { kind: 'task', module: task.module, name: task.name, input }
    return this.#readers.take(({ thread }) => thread.call<O>(message, transfer))
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
    await this.#readers.take(({ thread }) => statement(thread, 'select 1 from migrations limit 1'))
  }

  async sizeBytes(): Promise<number> {
    const sizes = await Promise.all([this.#path, `${this.#path}-wal`].map(fileSize))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  async compact(): Promise<void> {
    const { thread } = this.#writer
    await this.#writerTurns.take(() => statement(thread, 'pragma incremental_vacuum(2000)'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { thread } = this.#writer
    // Only a dead thread or a full disk refuses, and neither keeps the files from being closed.
    await this.#writerTurns.take(() => statement(thread, 'pragma optimize')).catch(() => undefined)
    for (const lane of [...this.#readers.opened, this.#writer]) {
      await lane.thread[Symbol.asyncDispose]()
    }
  }

  #runGroup(
    { module, name }: Group<unknown, unknown>,
    inputs: readonly unknown[],
    transfer: readonly ArrayBuffer[],
  ): Promise<GroupReplies> {
    const { thread } = this.#writer
    const isHeard = this.#options.isHeard()
    const message: DbThreadMessage = { kind: 'group', module, name, inputs, isHeard }
    // The thread answers in order, so the next in turn need not wait for the reply.
    return this.#writerTurns
      .take(async () => ({ reply: thread.call<GroupReplies>(message, transfer) }))
      .then(({ reply }) => reply)
  }

  #publish(events: readonly BusEvent[]): void {
    publishEach(events, this.#options.publish, this.#options.logger)
  }
}

async function fileSize(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.size ?? 0
}

function openLane(
  name: string,
  file: Pick<SqliteThreadSettings, 'path' | 'isReadOnly'>,
  options: DatabaseOptions,
): Lane {
  const data: SqliteThreadSettings = {
    engine: 'sqlite',
    ...file,
    slowQueryMs: options.slowQueryMs,
  }
  const thread = new Thread({
    name: `db-${name}`,
    entry: new URL('./db-thread.ts', import.meta.url),
    data,
    youngHeap: file.isReadOnly ? 'small' : 'usual',
    onDeath: options.onDeath,
    onNotice: (notice) => options.logger.warn({ notice }, 'slow query'),
  })
  const connection = remoteConnection(thread)
  return { thread, tx: createTx(connection, kyselyOn(connection)) }
}

function remoteConnection(thread: Thread): Connection {
  return {
    dialect: 'sqlite',
    query: (sql, parameters) => call<QueryReply>(thread, { kind: 'query', sql, parameters }),
    each: (sql, rows) => call<number>(thread, { kind: 'each', sql, rows }),
  }
}

function statement(thread: Thread, sql: string): Promise<QueryReply> {
  return call(thread, { kind: 'query', sql, parameters: [] })
}

function call<T>(thread: Thread, message: DbThreadMessage): Promise<T> {
  return thread.call<T>(message)
}
