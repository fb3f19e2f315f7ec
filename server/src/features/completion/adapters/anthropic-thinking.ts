import type { CompletionRequest, JsonMap } from '../request.ts'
import type { ClaudeModel } from './anthropic-model.ts'
import type { Warn } from './request-parts.ts'

export interface ThinkingPlan {
  /** Thinking counts towards it. */
  readonly maxTokens: number
  readonly thinking?: JsonMap
  readonly effort?: string
}

type Effort = NonNullable<NonNullable<CompletionRequest['options']['reasoning']>['effort']>

/** Anthropic wants a limit always. Source: beacon contract §10.2, where 0 counts as not given. */
const defaultMaxTokens = 4096
const leastBudget = 1024

const budgets: Readonly<Record<Effort, number>> = {
  minimal: leastBudget,
  low: 4096,
  medium: 10_240,
  high: 24_576,
}

/** How much a model may think, and with it how much it may write. */
export function planThinking(
  { model: name, options }: CompletionRequest,
  model: ClaudeModel,
  warn: Warn,
): ThinkingPlan {
  const limit = options.maxTokens || undefined
  const unthinking = { maxTokens: limit ?? defaultMaxTokens }
  const { effort, budgetTokens } = options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return unthinking
  if (model.thinking === 'none') {
    warn('reasoning', `${name} does not think; left out`)
    return unthinking
  }
  const isAdaptive = model.thinking === 'adaptive' || effort !== undefined
  if (model.thinking !== 'budget' && isAdaptive) {
    if (budgetTokens !== undefined) {
      warn('reasoning', `${name} measures its thinking itself; the budget is left out`)
    }
    return { ...unthinking, ...adaptive(effort, name, warn) }
  }
  if (effort !== undefined && budgetTokens !== undefined) {
    warn('reasoning', 'A budget for thinking and an effort exclude each other; the budget is sent')
  }
  const wanted = budgetTokens ?? budgets[effort ?? 'medium']
  return withBudget(wanted, limit, warn) ?? unthinking
}

/** Newer models keep their thinking to themselves unless a summary is asked for. */
function adaptive(effort: Effort | undefined, name: string, warn: Warn): Partial<ThinkingPlan> {
  const thinking = { type: 'adaptive', display: 'summarized' }
  if (effort === undefined) return { thinking }
  if (effort !== 'minimal') return { thinking, effort }
  warn('reasoning', `${name} knows no minimal effort; low is sent`)
  return { thinking, effort: 'low' }
}

/** The budget must leave room below the limit, which a caller's own limit may not. */
function withBudget(wanted: number, limit: number | undefined, warn: Warn): ThinkingPlan | null {
  const least = Math.max(Math.trunc(wanted), leastBudget)
  if (least > wanted) warn('reasoning', `The least budget for thinking is ${leastBudget} tokens`)
  if (limit === undefined) return thinkingWithin(least, least + defaultMaxTokens)
  if (least < limit) return thinkingWithin(least, limit)
  if (limit <= leastBudget) {
    warn('reasoning', `maxTokens of ${limit} leaves no room for thinking; left out`)
    return null
  }
  warn('reasoning', `The budget for thinking is cut to ${limit - 1} tokens, below maxTokens`)
  return thinkingWithin(limit - 1, limit)
}

function thinkingWithin(budget: number, maxTokens: number): ThinkingPlan {
  return { maxTokens, thinking: { type: 'enabled', budget_tokens: budget } }
}
