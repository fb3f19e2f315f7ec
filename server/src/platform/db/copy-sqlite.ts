import { existsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { fromSqliteError } from './sqlite-errors.ts'

const pagesAtATime = 1_000

/**
 * `shared`: read under its locks, since a server may write to it at any moment. `still`: nobody
 * writes to it, and its folder is left alone where it has no log beside it.
 */
export type SourceState = 'shared' | 'still'

export interface CopyOptions {
  readonly state: SourceState
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void
}

/**
 * Copies a SQLite database to a new file that its owner alone may read, as it is at this moment and
 * also beside a server that writes to it. The copy is on disk before this resolves; a copy that
 * fails leaves no file. Throws DomainError for what SQLite says of the place, and what the file
 * system throws, `EEXIST` among it.
 */
export async function copySqlite(
  source: string,
  target: string,
  { state, onProgress }: CopyOptions,
): Promise<void> {
  const file = await open(target, 'wx', 0o600)
  try {
    using database = openToRead(source, state)
    // NOTE: without a snapshot of its own a copy begins anew with every change of the source.
    database.exec('begin; select 1 from sqlite_schema')
    await backup(database, target, {
      rate: pagesAtATime,
      progress: ({ totalPages, remainingPages }) =>
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    })
    await file.sync()
  } catch (error) {
    await rm(target, { force: true })
    throw fromSqliteError(error)
  } finally {
    await file.close()
  }
}

/** Throws DomainError for what SQLite says of the place. */
export function openToRead(path: string, state: SourceState): DatabaseSync {
  const url = pathToFileURL(path)
  if (state === 'still' && !existsSync(`${path}-wal`)) url.search = '?immutable=1'
  try {
    return new DatabaseSync(url, { readOnly: true, timeout: 5_000 })
  } catch (error) {
    throw fromSqliteError(error)
  }
}
