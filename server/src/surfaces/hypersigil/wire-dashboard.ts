import {
  tokensOf,
  type ModelUsage,
  type TokenShare,
  type Usage,
  type UsageWindow,
} from '../../features/executions/index.ts'
import { toWritten, type WrittenText } from '../../platform/threads/written-text.ts'
import { written } from './door.ts'

interface DateQuery {
  readonly startDate?: string | undefined
  readonly endDate?: string | undefined
}

/**
 * What dates of a query mean: as text the end is compared with times that go on after the day, so
 * that a mere date leaves its day out. Source: hypersigil contract §1.15.
 */
export function fromDates({ startDate = '', endDate = '' }: DateQuery): UsageWindow {
  const isDay = !endDate.includes('T')
  return {
    ...(startDate !== '' && { from: toSeconds(startDate) }),
    ...(endDate !== '' && { [isDay ? 'before' : 'to']: toSeconds(endDate) }),
  }
}

/** A time that names no zone is UTC, as a mere date is. */
function toSeconds(text: string): number {
  const hasZone = !text.includes('T') || /(?:Z|[+-]\d\d:?\d\d)$/u.test(text)
  return Date.parse(hasZone ? text : `${text}Z`) / 1000
}

/** The success envelope of the dashboard. Source: §0.4. */
export function succeeded<T>(data: T) {
  return { status: 200 as const, body: { success: true as const, data, err: false as const } }
}

/** Success with rows that several share, for all of whom they are written once. */
export class UsageReplies {
  readonly #written = new WeakMap<object, WrittenText>()

  of<R>(rows: readonly R[], toWire: (row: R) => object) {
    const text =
      this.#written.get(rows) ?? toWritten(JSON.stringify(succeeded(rows.map(toWire)).body))
    this.#written.set(rows, text)
    return written(text)
  }
}

export function toUsage(usage: Usage) {
  const { inputTokens, outputTokens, executionCount, costUsd: cost } = usage
  return { totalTokens: tokensOf(usage), inputTokens, outputTokens, executionCount, cost }
}

export function toModelUsage(usage: ModelUsage) {
  return { provider: usage.provider, model: usage.model, ...toUsage(usage) }
}

/** Days since 1970 as a date. */
export function toDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10)
}

export function toShare({ name, tokens, share }: TokenShare) {
  return { name, tokens, percentage: share * 100 }
}
