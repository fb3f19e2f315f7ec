import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

export type ForeignRow = Readonly<Record<string, unknown>>

export interface ForeignFile {
  readonly path: string
  /**
   * `shared`: read under its locks. `immutable`: without them, because nobody has it open and
   * SQLite would create files beside one in WAL mode even to read it. `ours`: a copy that may be
   * repaired from its logs.
   */
  readonly access: 'shared' | 'immutable' | 'ours'
}

/** A SQLite file that another program owns. Its rows are only read. */
export class ForeignSqlite implements Disposable {
  readonly #database: DatabaseSync

  /** Throws what SQLite throws when the file is none of its own. */
  constructor({ path, access }: ForeignFile) {
    const url = pathToFileURL(path)
    if (access === 'immutable') url.search = '?immutable=1'
    this.#database = new DatabaseSync(url, { readOnly: access !== 'ours', timeout: 5_000 })
  }

  /** Names of a table's columns; none when there is no such table. */
  columnsOf(table: string): ReadonlySet<string> {
    const rows = this.rows('select name from pragma_table_info(?)', table)
    return new Set(Array.from(rows, ({ name }) => String(name)))
  }

  /** Reads one row after another, so that the caller may stop when it holds enough. */
  rows(sql: string, ...parameters: (string | number)[]): Iterable<ForeignRow> {
    return this.#database.prepare(sql).iterate(...parameters)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
