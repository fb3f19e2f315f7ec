import { budgetPeriodOf, endOf, type KeyStanding } from './key-counters.ts'
import type { KeyLimits } from './key-limits.ts'

/** Response headers in the words and forms of OpenAI's API. */
export type RateLimitHeaders = Readonly<Record<string, string>>

/** `x-ratelimit-*` for what a key is limited in by the minute. */
export function rateLimitHeaders(
  { requestsPerMinute, tokensPerMinute }: KeyLimits,
  standing: KeyStanding,
  nowSeconds: number,
): RateLimitHeaders {
  const reset = duration(secondsUntil(endOf('minute', nowSeconds), nowSeconds) ?? 0)
  const about = (what: 'requests' | 'tokens', limit: number | undefined): RateLimitHeaders =>
    limit === undefined
      ? {}
      : {
          [`x-ratelimit-limit-${what}`]: String(limit),
          [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - standing[what])),
          [`x-ratelimit-reset-${what}`]: reset,
        }
  return { ...about('requests', requestsPerMinute), ...about('tokens', tokensPerMinute) }
}

/**
 * What a refusal adds: when to come again. A budget takes so long that clients should not try by
 * themselves, which most do on a 429 unless told.
 */
export function retryHeaders(
  refusal: NonNullable<KeyStanding['refusal']>,
  limits: KeyLimits,
  nowSeconds: number,
): RateLimitHeaders {
  const isBudget = refusal === 'budget'
  const period = isBudget ? budgetPeriodOf(limits) : 'minute'
  const seconds = secondsUntil(endOf(period, nowSeconds), nowSeconds)
  return {
    ...(seconds !== null && { 'retry-after': String(seconds) }),
    ...(isBudget && { 'x-should-retry': 'false' }),
  }
}

function secondsUntil(end: number | null, nowSeconds: number): number | null {
  return end === null ? null : Math.max(1, Math.ceil(end - nowSeconds))
}

/** As OpenAI writes it: `1s`, `6m0s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`
}
