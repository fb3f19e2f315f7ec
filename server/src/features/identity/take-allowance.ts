import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../../platform/domain-error.ts'
import { countKeyUse } from './key-counter-store.ts'
import { budgetPeriodOf, type KeyStanding } from './key-counters.ts'
import type { KeyLimits } from './key-limits.ts'
import { rateLimitHeaders, retryHeaders, type RateLimitHeaders } from './rate-limit-headers.ts'
import type { Uses } from './uses.ts'

/** Hears what must not be lost without a word. The server's log is one. */
interface AllowanceLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What a call took, once that is known. */
export interface Spent {
  /** Of input and output together. */
  readonly tokens: number
  readonly costUsd: number
}

/** A request that was let through and counted. */
export interface Allowance {
  /** `x-ratelimit-*` for the reply; none for a caller without limits. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Counts what the call took, in the time in which it ends. It has happened, so this never throws:
   * it tries again a few times and then logs the loss.
   */
  settle(ctx: SettlingContext, spent: Spent): Promise<void>
}

interface SettlingContext extends Uses<'db' | 'clock'> {
  readonly log: AllowanceLog
}

/**
 * Counts one request of a key with limits, or refuses it, in which case nothing is counted. Other
 * callers pass without a look at the database.
 * @throws DomainError `limit` with details `{ reason: 'rate_limit_exceeded' | 'insufficient_quota',
 * headers }`; `unavailable` when nothing can be counted.
 */
export async function takeAllowance(ctx: Uses<'db' | 'clock' | 'caller'>): Promise<Allowance> {
  const { caller } = ctx
  if (caller.kind !== 'apiKey' || caller.limits === undefined) return unlimited
  const { keyId, limits } = caller
  const nowSeconds = ctx.clock.nowSeconds()
  const standing = await ctx.db.enqueue(
    countKeyUse,
    { kind: 'take', keyId, limits, nowSeconds },
    countBytes,
  )
  const headers = rateLimitHeaders(limits, standing, nowSeconds)
  if (standing.refusal === null) {
    return { headers, settle: (given, spent) => settle(given, keyId, spent) }
  }
  const retry = retryHeaders(standing.refusal, limits, nowSeconds)
  throw refused(standing.refusal, limits, { ...headers, ...retry })
}

const unlimited: Allowance = { headers: {}, settle: async () => undefined }

/** What a count takes in the queue of the writer. */
const countBytes = 300

/** Waits before the next tries to count what has happened already. */
const retryAfterMs = [100, 500, 2000]

async function settle(ctx: SettlingContext, keyId: string, spent: Spent): Promise<void> {
  const tokens = Math.round(amount(spent.tokens))
  const costUsd = amount(spent.costUsd)
  if (tokens === 0 && costUsd === 0) return
  const nowSeconds = ctx.clock.nowSeconds()
  const count = { kind: 'settle', keyId, tokens, costUsd, nowSeconds } as const
  for (const waitMs of [...retryAfterMs, null]) {
    try {
      await ctx.db.enqueue(countKeyUse, count, countBytes)
      return
    } catch (error) {
      if (waitMs === null || !isPassing(error)) {
        ctx.log.error({ err: error, ...count }, 'what a key used could not be counted')
        return
      }
      ctx.log.warn({ err: error, waitMs }, 'what a key used could not be counted yet')
      await sleep(waitMs)
    }
  }
}

/** A provider's figure that is none counts as nothing. */
function amount(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0
}

function isPassing(error: unknown): boolean {
  return error instanceof DomainError && error.retryable
}

function refused(
  refusal: NonNullable<KeyStanding['refusal']>,
  limits: KeyLimits,
  headers: RateLimitHeaders,
): DomainError {
  const reason = refusal === 'budget' ? 'insufficient_quota' : 'rate_limit_exceeded'
  return new DomainError('limit', refusalText(refusal, limits), { details: { reason, headers } })
}

function refusalText(refusal: NonNullable<KeyStanding['refusal']>, limits: KeyLimits): string {
  switch (refusal) {
    case 'budget': {
      const period = budgetPeriodOf(limits)
      const span = period === 'total' ? '' : ` a ${period}`
      return `The API key has used up its budget of ${limits.budgetUsd} USD${span}`
    }
    case 'requests':
      return `The API key may make ${limits.requestsPerMinute} requests a minute`
    case 'tokens':
      return `The API key may use ${limits.tokensPerMinute} tokens a minute`
  }
}
