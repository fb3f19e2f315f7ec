import { addExactly, zeroSum, type ExactSum } from '../../platform/exact-sum.ts'
import type { BudgetPeriod, KeyLimits } from './key-limits.ts'

/** What a key has used in one stretch of time. */
export interface KeyCounter {
  readonly id: string
  readonly keyId: string
  readonly period: CounterPeriod
  /** Unix seconds; 0 for the total. */
  readonly startedAt: number
  readonly requests: number
  readonly tokens: number
  readonly cost: ExactSum
}

export type CounterPeriod = 'minute' | BudgetPeriod

/** One request that wants to begin, or what a call has taken. */
export type KeyCount =
  | {
      readonly kind: 'take'
      readonly keyId: string
      readonly limits: KeyLimits
      readonly nowSeconds: number
    }
  | {
      readonly kind: 'settle'
      readonly keyId: string
      readonly tokens: number
      readonly costUsd: number
      readonly nowSeconds: number
    }

/** Where a key stands after a count: what is used of this minute, and what refused it, if anything. */
export interface KeyStanding {
  readonly refusal: 'budget' | 'requests' | 'tokens' | null
  readonly requests: number
  readonly tokens: number
}

export interface CountPlan {
  /** One a count, in order. */
  readonly standings: readonly KeyStanding[]
  /** The counters that changed, as they are then. */
  readonly changed: readonly KeyCounter[]
}

export const secondsPerMinute = 60
const secondsPerDay = 86_400

/** When the minute, day or month around a time begins, by UTC. */
export function startOf(period: CounterPeriod, nowSeconds: number): number {
  switch (period) {
    case 'minute':
      return Math.floor(nowSeconds / secondsPerMinute) * secondsPerMinute
    case 'day':
      return Math.floor(nowSeconds / secondsPerDay) * secondsPerDay
    case 'month':
      return monthAt(nowSeconds, 0)
    case 'total':
      return 0
  }
}

/** When it is over; null for what never is. */
export function endOf(period: CounterPeriod, nowSeconds: number): number | null {
  switch (period) {
    case 'minute':
      return startOf(period, nowSeconds) + secondsPerMinute
    case 'day':
      return startOf(period, nowSeconds) + secondsPerDay
    case 'month':
      return monthAt(nowSeconds, 1)
    case 'total':
      return null
  }
}

function monthAt(nowSeconds: number, monthsLater: number): number {
  const now = new Date(nowSeconds * 1000)
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsLater, 1) / 1000
}

/** The counters of a key at a time, as long as nothing is counted in them. */
export function newCounters(keyId: string, nowSeconds: number): readonly KeyCounter[] {
  return counterPeriods.map((period) => {
    const startedAt = startOf(period, nowSeconds)
    const id = counterId({ keyId, period, startedAt })
    return { id, keyId, period, startedAt, requests: 0, tokens: 0, cost: zeroSum }
  })
}

const counterPeriods: readonly CounterPeriod[] = ['minute', 'day', 'month', 'total']

function counterId({
  keyId,
  period,
  startedAt,
}: Pick<KeyCounter, 'keyId' | 'period' | 'startedAt'>): string {
  return `${keyId}/${period}/${startedAt}`
}

/**
 * Works counts through one after the other, so that of requests which come together just as many
 * pass as the limits still allow. Every count goes into all periods, whatever the key's limits are:
 * a limit that is set later finds what was used before. A refused request is not counted.
 */
export function planCounts(known: readonly KeyCounter[], counts: readonly KeyCount[]): CountPlan {
  const counters = new Map(known.map((counter) => [counter.id, counter]))
  const changed = new Map<string, KeyCounter>()
  const standings = counts.map((count): KeyStanding => {
    const now = newCounters(count.keyId, count.nowSeconds).map(
      (counter) => counters.get(counter.id) ?? counter,
    )
    const refusal = count.kind === 'take' ? refusalOf(count.limits, now) : null
    const after = refusal === null ? now.map((counter) => addTo(counter, count)) : now
    for (const counter of refusal === null ? after : []) {
      counters.set(counter.id, counter)
      changed.set(counter.id, counter)
    }
    const minute = after.find(({ period }) => period === 'minute')
    return { refusal, requests: minute?.requests ?? 0, tokens: minute?.tokens ?? 0 }
  })
  return { standings, changed: [...changed.values()] }
}

function addTo(counter: KeyCounter, count: KeyCount): KeyCounter {
  if (count.kind === 'take') return { ...counter, requests: counter.requests + 1 }
  const { tokens, costUsd } = count
  const cost = costUsd === 0 ? counter.cost : addExactly(counter.cost, costUsd)
  return { ...counter, tokens: counter.tokens + tokens, cost }
}

function refusalOf(limits: KeyLimits, now: readonly KeyCounter[]): KeyStanding['refusal'] {
  const { budgetUsd, requestsPerMinute, tokensPerMinute } = limits
  const budget = now.find(({ period }) => period === budgetPeriodOf(limits))
  const minute = now.find(({ period }) => period === 'minute')
  if (isReached(budget?.cost.sum, budgetUsd)) return 'budget'
  if (isReached(minute?.requests, requestsPerMinute)) return 'requests'
  return isReached(minute?.tokens, tokensPerMinute) ? 'tokens' : null
}

function isReached(used: number | undefined, limit: number | undefined): boolean {
  return used !== undefined && limit !== undefined && used >= limit
}

/** The period that a budget is for. */
export function budgetPeriodOf({ budgetPeriod }: KeyLimits): BudgetPeriod {
  return budgetPeriod ?? 'total'
}
