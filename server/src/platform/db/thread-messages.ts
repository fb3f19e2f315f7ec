import type { BusEvent } from '../bus/event.ts'
import type { ThreadError } from '../threads/thread-protocol.ts'
import type { Group, Task } from './database.ts'

/** What a database thread is given at its start. */
export type DbThreadSettings = SqliteThreadSettings | PostgresThreadSettings

export interface SqliteThreadSettings {
  readonly engine: 'sqlite'
  readonly path: string
  readonly isReadOnly: boolean
  readonly slowQueryMs: number
}

export interface PostgresThreadSettings {
  readonly engine: 'postgres'
  readonly url: string
  /** Names this process in the outbox. */
  readonly origin: string
  readonly slowQueryMs: number
}

export type DbThreadMessage =
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'each'; readonly sql: string; readonly rows: readonly (readonly unknown[])[] }
  | {
      readonly kind: 'task'
      readonly module: string
      readonly name: string
      readonly input: unknown
    }
  | {
      readonly kind: 'group'
      readonly module: string
      readonly name: string
      readonly inputs: readonly unknown[]
      /** Whether somebody listens: if not, events travel without what they carry along. */
      readonly isHeard: boolean
    }

export type GroupReply = { readonly value: unknown } | { readonly error: ThreadError }

export interface GroupReplies {
  readonly replies: readonly GroupReply[]
  readonly events: readonly BusEvent[]
}

/** Told to the owner so that one logger writes it. */
export interface SlowQueryNotice {
  readonly kind: 'slow-query'
  readonly sql: string
  readonly elapsedMs: number
}

/** How the two engines carry out what a thread is asked for. */
export interface DbThreadEngine {
  query(sql: string, parameters: readonly unknown[]): Promise<unknown>
  each(sql: string, rows: readonly (readonly unknown[])[]): Promise<unknown>
  task(load: Load<Task<unknown, unknown>>, input: unknown): Promise<unknown>
  group(load: Load<Group<unknown, unknown>>, inputs: readonly unknown[]): Promise<GroupReplies>
}

/** Loads a module, which takes its time: an engine that serves in order does so in turn. */
type Load<T> = () => Promise<T>
