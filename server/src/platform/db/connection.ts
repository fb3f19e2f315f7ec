import type { Dialect } from './database.ts'

export interface QueryReply {
  readonly rows: readonly Record<string, unknown>[]
  /** Rows inserted, updated or deleted. */
  readonly changes: number
}

/** One database connection, near or behind a thread; one statement at a time. */
export interface Connection {
  readonly dialect: Dialect
  query(sql: string, parameters: readonly unknown[]): Promise<QueryReply>
  /** Runs one statement once for each row of parameters. Gives the number of changed rows. */
  each(sql: string, rows: readonly (readonly unknown[])[]): Promise<number>
}
