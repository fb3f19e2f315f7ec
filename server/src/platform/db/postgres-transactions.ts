import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { Group, Tx } from './database.ts'
import { kyselyOn } from './kysely.ts'
import { postgresConnection } from './postgres-connection.ts'
import { fromPostgresError, mayRunAgain } from './postgres-errors.ts'
import type { Schema } from './schema.ts'
import { createTx } from './tx.ts'

const maxAttempts = 6

type Survives = Group<unknown, unknown>['survives']

const beginWithoutWait = 'begin; set local synchronous_commit = off'

export interface SlowQueries {
  readonly slowQueryMs: number
  onSlowQuery(sql: string, elapsedMs: number): void
}

/** Opens transactions on a pool. Work that lost a race against another one is done again. */
export class PostgresTransactions {
  readonly #pool: pg.Pool
  readonly #slow: SlowQueries

  constructor(pool: pg.Pool, slow: SlowQueries) {
    this.#pool = pool
    this.#slow = slow
  }

  read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#once('begin isolation level repeatable read read only', work)
  }

  /**
   * `work` may run several times, each time from the start in a new transaction. For what a group
   * survives see `Group`; here it is the database server whose crash may take the last moment.
   */
  async write<T>(work: (tx: Tx) => Promise<T>, survives?: Survives): Promise<T> {
    const begin = survives === 'process-crash' ? beginWithoutWait : 'begin'
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(begin, work)
      } catch (error) {
        if (attempt >= maxAttempts || !mayRunAgain(error)) throw error
        await delay(Math.random() * 10 * 2 ** attempt)
      }
    }
  }

  /** Lends one connection without opening a transaction. */
  async withConnection<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    try {
      return await work(kyselyOn(postgresConnection(client, this.#slow)))
    } finally {
      client.release()
    }
  }

  async #once<T>(begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    const connection = postgresConnection(client, this.#slow)
    let isBroken = false
    try {
      await connection.query(begin, [])
      const result = await work(createTx(connection, kyselyOn(connection)))
      await connection.query('commit', [])
      return result
    } catch (error) {
      isBroken = await connection.query('rollback', []).then(
        () => false,
        () => true,
      )
      throw error
    } finally {
      client.release(isBroken)
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      const client = await this.#pool.connect()
      // Without a listener a connection that breaks between two statements ends the process; the
      // next statement meets the same failure and reports it.
      if (client.listenerCount('error') === 0) client.on('error', () => undefined)
      return client
    } catch (error) {
      throw fromPostgresError(error)
    }
  }
}
