import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'

export type BudgetPeriod = 'day' | 'month' | 'total'

/** What a key may use. What is left out has no bound; days and months are UTC's. */
export interface KeyLimits {
  readonly budgetUsd?: number
  /** What the budget is for; everything the key ever does if not given. */
  readonly budgetPeriod?: BudgetPeriod
  readonly requestsPerMinute?: number
  /** Of input and output together. */
  readonly tokensPerMinute?: number
}

export const budgetPeriods: readonly BudgetPeriod[] = ['day', 'month', 'total']

/** What is left out stays; null takes a limit away. A budget goes with its period. */
export type KeyLimitChanges = {
  readonly [K in keyof KeyLimits]?: KeyLimits[K] | null | undefined
} & {
  /** Null for all. */
  readonly models?: readonly string[] | null | undefined
}

type GivenLimits = { readonly [K in keyof KeyLimits]: KeyLimits[K] | undefined }

const largest = 1e9

/** No key passes it: what stands for limits that cannot be read. */
const nothing: KeyLimits = { budgetUsd: 0, budgetPeriod: 'total' }

/**
 * The limits as they are kept after changes: null where nothing is limited.
 * @throws DomainError `invalid` for a number out of bounds or a period without a budget.
 */
export function changeLimits(
  present: KeyLimits | null,
  changes: KeyLimitChanges,
): KeyLimits | null {
  const { budgetUsd, budgetPeriod, requestsPerMinute, tokensPerMinute }: KeyLimits = present ?? {}
  return checkLimits({
    budgetUsd: pick(changes.budgetUsd, budgetUsd),
    budgetPeriod: pick(changes.budgetPeriod, changes.budgetUsd === null ? undefined : budgetPeriod),
    requestsPerMinute: pick(changes.requestsPerMinute, requestsPerMinute),
    tokensPerMinute: pick(changes.tokensPerMinute, tokensPerMinute),
  })
}

function pick<T>(given: T | null | undefined, present: T | undefined): T | undefined {
  return given === null ? undefined : (given ?? present)
}

function checkLimits(limits: GivenLimits): KeyLimits | null {
  const { budgetUsd, budgetPeriod, requestsPerMinute, tokensPerMinute } = limits
  if (budgetUsd !== undefined && !(budgetUsd > 0 && budgetUsd <= largest)) {
    throw new DomainError('invalid', `A budget is above 0 and up to ${largest} USD`)
  }
  for (const count of [requestsPerMinute, tokensPerMinute]) {
    if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= largest)) continue
    throw new DomainError('invalid', `A limit a minute is a whole number from 1 to ${largest}`)
  }
  if (budgetPeriod !== undefined && budgetUsd === undefined) {
    throw new DomainError('invalid', 'The period of a budget needs a budget')
  }
  const kept: KeyLimits = {
    ...(budgetUsd !== undefined && { budgetUsd, budgetPeriod: budgetPeriod ?? 'total' }),
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  }
  return Object.keys(kept).length === 0 ? null : kept
}

/** Reads what is stored. Limits that this version cannot read let nothing pass. */
export function readKeyLimits(text: string | null): KeyLimits | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? checkLimits(toLimits(value)) : nothing
  } catch {
    return nothing
  }
}

function toLimits(value: JsonObject): GivenLimits {
  const period = value['budgetPeriod']
  return {
    budgetUsd: toNumber(value['budgetUsd']),
    budgetPeriod: period === undefined ? undefined : toPeriod(period),
    requestsPerMinute: toNumber(value['requestsPerMinute']),
    tokensPerMinute: toNumber(value['tokensPerMinute']),
  }
}

function toPeriod(value: unknown): BudgetPeriod {
  const period = budgetPeriods.find((word) => word === value)
  if (period !== undefined) return period
  throw new DomainError('invalid', 'A budget is for a day, a month or in total')
}

/** Anything but a number becomes NaN, which no check lets through. */
function toNumber(value: unknown): number | undefined {
  if (value === undefined) return undefined
  return typeof value === 'number' ? value : Number.NaN
}
