import { scopes as allScopes, Scope } from '@pharos/contract/vocabulary.ts'
import {
  budgetPeriods,
  type BudgetPeriod,
  type KeyLimitChanges,
} from '../../features/identity/index.ts'
import { defaultKeyScopes, keyLimitFlags, type Command } from './commands.ts'
import { ConfigError } from './config-error.ts'
import { textOf, type Flag } from './flag.ts'
import { suggestion } from './nearest.ts'

/** What `keys create` was told. Throws ConfigError. */
export function readNewKey(flags: readonly Flag[]): Command {
  const label = textOf(flags, '--name')?.trim() ?? ''
  if (label === '') throw new ConfigError('keys create needs --name, for example --name=ci')
  const days = textOf(flags, '--expires-days')
  const expiresInDays = days === undefined ? undefined : Number(days)
  if (expiresInDays !== undefined && !(expiresInDays > 0 && expiresInDays <= 36500)) {
    throw new ConfigError(`--expires-days must be a number above 0 and up to 36500, not "${days}"`)
  }
  const scopes = readScopes(textOf(flags, '--scopes') ?? defaultKeyScopes)
  const limits = readLimits(flags)
  if (limits.budgetPeriod !== undefined && typeof limits.budgetUsd !== 'number') {
    throw new ConfigError('--budget-period needs --budget-usd, for example --budget-usd=5')
  }
  return { name: 'keys create', label, scopes, expiresInDays, limits }
}

/** What `keys limit` was told. Throws ConfigError. */
export function readKeyLimits(flags: readonly Flag[], key: string): Command {
  const limits = readLimits(flags)
  if (Object.values(limits).every((value) => value === undefined)) {
    const known = keyLimitFlags.map(({ flag }) => `--${flag}`)
    throw new ConfigError(`"keys limit" needs at least one of ${known.join(', ')}`)
  }
  return { name: 'keys limit', key, limits }
}

function readScopes(text: string): readonly Scope[] {
  if (text.trim() === 'all') return allScopes
  const words = wordsOf(text)
  if (words.length === 0) throw new ConfigError('--scopes must name at least one scope, or all')
  const parsed = words.map((word) => {
    const scope = Scope.safeParse(word)
    if (scope.success) return scope.data
    throw new ConfigError(`Unknown scope "${word}"${suggestion(word, allScopes)}`)
  })
  return [...new Set(parsed)]
}

function readLimits(flags: readonly Flag[]): KeyLimitChanges {
  return {
    budgetUsd: readBound(flags, '--budget-usd', 'money'),
    budgetPeriod: readPeriod(textOf(flags, '--budget-period')),
    requestsPerMinute: readBound(flags, '--requests-per-minute', 'count'),
    tokensPerMinute: readBound(flags, '--tokens-per-minute', 'count'),
    models: readModels(textOf(flags, '--models')),
  }
}

const largest = 1e9

function readBound(
  flags: readonly Flag[],
  name: string,
  kind: 'money' | 'count',
): number | null | undefined {
  const text = textOf(flags, name)?.trim()
  if (text === undefined) return undefined
  if (text.toLowerCase() === 'off') return null
  const isNumber = kind === 'count' ? /^\d+$/.test(text) : /^(\d+(\.\d+)?|\.\d+)$/.test(text)
  const number = isNumber ? Number(text) : Number.NaN
  if (number > 0 && number <= largest) return number
  const bounds =
    kind === 'count'
      ? `a whole number from 1 to ${largest}`
      : `a number above 0 and up to ${largest}`
  throw new ConfigError(`${name} must be ${bounds}, or off, not "${text}"`)
}

function readPeriod(text: string | undefined): BudgetPeriod | undefined {
  if (text === undefined) return undefined
  const period = budgetPeriods.find((word) => word === text.trim().toLowerCase())
  if (period !== undefined) return period
  const words = budgetPeriods.join(', ')
  throw new ConfigError(`--budget-period must be one of ${words}, not "${text}"`)
}

function readModels(text: string | undefined): readonly string[] | null | undefined {
  if (text === undefined) return undefined
  if (text.trim() === 'all') return null
  const words = wordsOf(text)
  if (words.length > 0) return words
  throw new ConfigError('--models must name at least one model, or all')
}

/** The words between commas. */
function wordsOf(text: string): string[] {
  return text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))
}
