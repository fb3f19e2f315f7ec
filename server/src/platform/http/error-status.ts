import type { ErrorCode } from '../domain-error.ts'

/** What each code is over HTTP, wherever a system has no status of its own for it. */
export const errorStatus: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  precondition: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  limit: 429,
  upstream: 502,
  unavailable: 503,
  cancelled: 499,
}
