import { DomainError } from '../domain-error.ts'

/** SQLSTATE classes and codes that speak of the place or the moment, not of the statement. */
const unavailable: readonly [RegExp, string][] = [
  [/^53100$/, 'The disk of the database is full'],
  [/^53/, 'The database has no room for more work'],
  [/^(08|57P)/, 'The database is not reachable'],
  [/^(28|3D000)/, 'The database refuses the connection'],
  [/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/, 'The database is not reachable'],
]

/** Turns a lost or full database into `unavailable`; a wrong statement stays a bug. */
export function fromPostgresError(error: unknown): unknown {
  const code = codeOf(error)
  const known = code === undefined ? undefined : unavailable.find(([codes]) => codes.test(code))
  const message = known?.[1] ?? lostConnection(error)
  if (message === undefined) return error
  return new DomainError('unavailable', message, { retryable: true, cause: error })
}

/**
 * Serialisation failures, deadlocks, and keys that another writer took or removed between our
 * look and our write: the same work is done again, and then sees what the other did.
 */
export function mayRunAgain(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && /^(40001|40P01|23503|23505)$/.test(code)
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function lostConnection(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : ''
  return /Connection terminated|not queryable|connection timeout|timeout exceeded when trying to connect/i.test(
    text,
  )
    ? 'The database is not reachable'
    : undefined
}
