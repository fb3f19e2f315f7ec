import type { Insertable, Kysely, Selectable } from 'kysely'
import type { BusEvent } from '../bus/event.ts'
import type { Dialect } from './dialect.ts'
import type { SchemaSteps } from './schema-steps.ts'
import type { Schema } from './schema.ts'

export type { Dialect } from './dialect.ts'

/** One open transaction (or read snapshot) on either database. */
export interface Tx {
  readonly dialect: Dialect
  readonly db: Kysely<Schema>
  /** Inserts many rows in one go. `ignore` skips rows whose key exists. Gives the number inserted. */
  insertMany<T extends keyof Schema & string>(
    table: T,
    rows: readonly Insertable<Schema[T]>[],
    onConflict?: 'ignore',
  ): Promise<number>
  /** Updates many rows by key; every row has the same columns, `key` among them. */
  updateMany<T extends keyof Schema & string>(
    table: T,
    key: keyof Schema[T] & string,
    rows: readonly Partial<Selectable<Schema[T]>>[],
  ): Promise<void>
  /** Takes `count` increasing numbers from a named counter, never given out before. */
  allocate(counter: string, count: number): Promise<number[]>
}

export interface WriteTx extends Tx {
  /** Runs only if the transaction commits; an effect that throws is logged, never undone. */
  afterCommit(effect: () => void): void
  /** Tells this process after the commit, and other processes of the same database. */
  publish(event: BusEvent): void
}

/**
 * A function that runs beside the data, off the main thread. It must be an exported constant
 * of its module; `module` is that module's `import.meta.url`, `name` the constant's name.
 * Input and output cross a thread border: plain data and transferable buffers only.
 */
export interface Task<I, O> {
  readonly module: string
  readonly name: string
  run(tx: Tx, input: I): Promise<O>
}

/** What a group gives back: one reply per input in order, and the events to tell after commit. */
export interface GroupOutcome<O> {
  readonly replies: readonly O[]
  readonly events: readonly BusEvent[]
}

/**
 * A hot write. Inputs queue up while the writer is busy and are then planned and saved together
 * in one transaction; each caller is answered after the commit. It may be run again after a
 * failure, so it must not change anything but rows.
 */
export interface Group<I, O> {
  readonly module: string
  readonly name: string
  /**
   * What its commits survive. `power-cut` (the default): anything. `process-crash`: the end of this
   * process in whatever way, but after a power cut the last 50 ms may be missing; it spares a wait
   * for the disk.
   */
  readonly survives?: 'power-cut' | 'process-crash'
  /** How long inputs that come close together may wait for one another; not at all if not given. */
  readonly gathersMs?: number
  run(tx: Tx, inputs: readonly I[]): Promise<GroupOutcome<O>>
}

export function defineTask<I, O>(task: Task<I, O>): Task<I, O> {
  return task
}

export function defineGroup<I, O>(group: Group<I, O>): Group<I, O> {
  return group
}

export interface Database extends AsyncDisposable {
  readonly dialect: Dialect
  /** Bytes of group inputs that wait for the writer. */
  readonly waitingBytes: number
  /** Applies what is missing of the schema, then hears other processes; gives the steps' names. */
  migrate(steps: SchemaSteps): Promise<string[]>
  /** Resolves if a statement can be run now; throws `unavailable`. */
  ping(): Promise<void>
  /** Bytes that the database takes on disk, its log included; 0 if that cannot be told. */
  sizeBytes(): Promise<number>
  /** Gives freed pages back to the file system, a few at a time. PostgreSQL does so by itself. */
  compact(): Promise<void>
  /** One consistent snapshot. */
  read<T>(query: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * One transaction, rolled back when `change` throws. SQLite has one writer; on PostgreSQL a
   * change that lost a race runs again from the start, so it must not change anything but rows.
   */
  write<T>(change: (tx: WriteTx) => Promise<T>): Promise<T>
  /** Runs a reading task on a reader thread. */
  run<I, O>(task: Task<I, O>, input: I, transfer?: readonly ArrayBuffer[]): Promise<O>
  /**
   * Adds an input to a group and waits for its commit. `sizeBytes` counts against the queue's
   * bound; past it throws `unavailable` (retryable).
   */
  enqueue<I, O>(
    group: Group<I, O>,
    input: I,
    sizeBytes: number,
    transfer?: readonly ArrayBuffer[],
  ): Promise<O>
}
