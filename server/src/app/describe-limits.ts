import type { ApiKey, KeyLimits, KeyUse } from '../features/identity/index.ts'

/** What bounds a key, in words: `5 USD a month`, `60 requests a minute`, `only gpt-4o`. */
export function limitWords({ limits, models }: Pick<ApiKey, 'limits' | 'models'>): string[] {
  const { budgetUsd, budgetPeriod, requestsPerMinute, tokensPerMinute }: KeyLimits = limits ?? {}
  const budget =
    budgetPeriod === 'day' || budgetPeriod === 'month' ? ` a ${budgetPeriod}` : ' in all'
  return [
    ...(budgetUsd === undefined ? [] : [`${dollars(budgetUsd)} USD${budget}`]),
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(tokensPerMinute === undefined ? [] : [`${tokensPerMinute} tokens a minute`]),
    ...modelWords(models),
  ]
}

/** The same, with what is used: `0.2 of 5 USD this month`, `3 of 60 requests this minute`. */
export function useWords({ limits, models }: ApiKey, use: KeyUse | undefined): string[] {
  const { budgetUsd, budgetPeriod, requestsPerMinute, tokensPerMinute }: KeyLimits = limits ?? {}
  const { costUsd, requests, tokens } = use ?? { costUsd: 0, requests: 0, tokens: 0 }
  const spent = (budget: number): string => `${dollars(costUsd)} of ${dollars(budget)} USD`
  return [
    ...(budgetUsd === undefined
      ? []
      : [`${spent(budgetUsd)} ${spanWords[budgetPeriod ?? 'total']}`]),
    ...(requestsPerMinute === undefined
      ? []
      : [`${requests} of ${requestsPerMinute} requests this minute`]),
    ...(tokensPerMinute === undefined
      ? []
      : [`${tokens} of ${tokensPerMinute} tokens this minute`]),
    ...modelWords(models),
  ]
}

const spanWords = { day: 'today', month: 'this month', total: 'in all' }

function modelWords(models: readonly string[] | null): string[] {
  return models === null ? [] : [`only ${models.join(' ')}`]
}

/** To a millionth of a dollar, without trailing zeros. */
function dollars(amount: number): string {
  return amount.toFixed(6).replace(/\.?0+$/, '')
}
