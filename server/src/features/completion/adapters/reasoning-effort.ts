import { reasoningEfforts, type ReasoningEffort } from '../request.ts'
import type { Warn } from './request-parts.ts'

/**
 * The effort a model knows that comes nearest: the next lower one, or its least. A model that
 * cannot but think is never asked for none.
 */
export function nearestEffort(
  asked: ReasoningEffort,
  known: readonly ReasoningEffort[],
  { name, warn }: { name: string; warn: Warn },
): ReasoningEffort {
  if (known.includes(asked)) return asked
  const thinking = known.filter((effort) => effort !== 'none')
  const isAtMost = (effort: ReasoningEffort) => rank(effort) <= rank(asked)
  const nearest = thinking.findLast(isAtMost) ?? thinking[0] ?? asked
  warn(
    'reasoning',
    `${name} knows no effort "${asked}" for thinking; "${nearest}" is sent`,
    'harmless',
  )
  return nearest
}

function rank(effort: ReasoningEffort): number {
  return reasoningEfforts.indexOf(effort)
}

/** The effort nearest to a budget of tokens, for those who measure by effort only. */
export function effortOfBudget(budgetTokens: number): ReasoningEffort {
  if (budgetTokens <= 0) return 'none'
  if (budgetTokens <= 4096) return 'low'
  return budgetTokens <= 16_384 ? 'medium' : 'high'
}
