import { DomainError } from '../domain-error.ts'

/** Primary result codes of SQLite that say something about the place, not about the statement. */
const placeErrors: Readonly<Record<number, string>> = {
  5: 'The database is locked by another program',
  6: 'The database is locked by another program',
  8: 'The database cannot be written: the file or its folder is read-only',
  10: 'The disk reported an error while the database was read or written',
  11: 'The database file is damaged',
  13: 'The disk is full',
  14: 'The database file cannot be opened',
  26: 'The file is not a database',
}

/** Turns a failure of the disk or file into `unavailable`; a wrong statement stays a bug. */
export function fromSqliteError(error: unknown): unknown {
  const resultCode = resultCodeOf(error)
  if (resultCode === undefined) return error
  const message = placeErrors[resultCode & 0xff]
  if (message === undefined) return error
  return new DomainError('unavailable', message, { retryable: true, cause: error })
}

function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}
