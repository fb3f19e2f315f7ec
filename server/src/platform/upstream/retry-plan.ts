/**
 * When to ask again. A provider that answers 408, 429 or 5xx did not do the work, so asking again
 * runs no prompt twice. It may say how long to wait; beyond `longestMs` the asker learns it instead
 * of waiting.
 */
export interface RetryRules {
  /** How often a request is sent at most. */
  readonly attempts: number
  /** The wait after the first attempt, doubled after each further one. */
  readonly baseMs: number
  readonly longestMs: number
}

export const retryRules: RetryRules = { attempts: 3, baseMs: 500, longestMs: 20_000 }

export interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Not implemented, version not supported, loop detected: the next answer would be the same. */
const lastingStatuses: ReadonlySet<number> = new Set([501, 505, 508])

/** Whether the same request may be answered otherwise a little later. */
export function isWorthRetrying({ status, headers }: Refused): boolean {
  // A gateway that has already asked again says so.
  if (headers['x-should-retry'] === 'false') return false
  if (status === 408 || status === 429) return true
  return status >= 500 && !lastingStatuses.has(status)
}

/** The wait before the attempt after `attempt`, spread so that askers do not come back together. */
export function backoffMs(
  attempt: number,
  random: number,
  { baseMs, longestMs }: RetryRules,
): number {
  const fullMs = Math.min(baseMs * 2 ** (attempt - 1), longestMs)
  return Math.round(fullMs * (0.5 + random / 2))
}

/**
 * What the provider asks for: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
 *
 * @returns milliseconds from now, 0 for a date that is past, null when it asks for nothing legible.
 */
export function retryAfterMs(headers: Refused['headers'], nowSeconds: number): number | null {
  const exact = readNumber(headers['retry-after-ms'])
  if (exact !== null) return Math.ceil(exact)
  const after = headers['retry-after']
  const seconds = readNumber(after)
  if (seconds !== null) return Math.ceil(seconds * 1000)
  // NOTE: Date.parse takes nearly anything; an HTTP date begins with a weekday.
  const date = /^[A-Z][a-z]{2,8},? /.test(after ?? '') ? Date.parse(after ?? '') : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil(date - nowSeconds * 1000))
}

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null
}

/** The wait before asking again, or null when this answer is the one to give back. */
export function retryWaitMs(
  refused: Refused,
  { attempt, random, nowSeconds }: { attempt: number; random: number; nowSeconds: number },
  rules: RetryRules = retryRules,
): number | null {
  if (attempt >= rules.attempts || !isWorthRetrying(refused)) return null
  const askedMs = retryAfterMs(refused.headers, nowSeconds)
  if (askedMs !== null && askedMs > rules.longestMs) return null
  // A provider that asks for no wait at all still gets a moment.
  return askedMs === null || askedMs === 0 ? backoffMs(attempt, random, rules) : askedMs
}
