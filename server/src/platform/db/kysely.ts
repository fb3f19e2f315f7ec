import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely'
import type { Connection } from './connection.ts'
import type { Schema } from './schema.ts'

/** The query builder on one connection whose transactions are opened and closed outside of it. */
export function kyselyOn(connection: Connection): Kysely<Schema> {
  const isSqlite = connection.dialect === 'sqlite'
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => (isSqlite ? new TransactionalSqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new SingleConnectionDriver(connection),
      createIntrospector: (db) =>
        isSqlite ? new SqliteIntrospector(db) : new PostgresIntrospector(db),
      createQueryCompiler: () =>
        isSqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler(),
    },
  })
}

/** SQLite can change its schema inside a transaction, so an interrupted migration leaves nothing. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class SingleConnectionDriver implements Driver {
  readonly #connection: KyselyConnection
  readonly #isSqlite: boolean

  constructor(connection: Connection) {
    this.#connection = new KyselyConnection(connection)
    this.#isSqlite = connection.dialect === 'sqlite'
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite then waits for another writer, instead of failing when it first writes itself.
    const begin = this.#isSqlite ? 'begin immediate' : 'begin'
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class KyselyConnection implements DatabaseConnection {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#connection.query(query.sql, query.parameters)
    // Kysely states the row type from the schema; the database returns what the schema says.
    return { rows: [...rows] as R[], numAffectedRows: BigInt(changes) }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows are read in pages, not streamed')
  }
}
