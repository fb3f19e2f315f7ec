import type { CompletionRequest, JsonMap, Message, ReasoningEffort } from '../request.ts'
import type { ClaudeModel } from './anthropic-model.ts'
import { nearestEffort } from './reasoning-effort.ts'
import type { Warn } from './request-parts.ts'

export interface ThinkingPlan {
  /** Thinking counts towards it. */
  readonly maxTokens: number
  readonly isThinking: boolean
  readonly thinking?: JsonMap
  readonly effort?: string
}

/** Anthropic wants a limit always. Source: beacon contract §10.2, where 0 counts as not given. */
const defaultMaxTokens = 4096
const leastBudget = 1024

/** The most leaves room for an answer below the smallest limit of those who think by budget. */
const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: leastBudget,
  low: 4096,
  medium: 10_240,
  high: 24_576,
  xhigh: 27_904,
  max: 27_904,
}

/** How much a model may think, and with it how much it may write. */
export function planThinking(
  { model: name, messages, options }: CompletionRequest,
  model: ClaudeModel,
  warn: Warn,
): ThinkingPlan {
  const limit = options.maxTokens || undefined
  const unthinking = { maxTokens: limit ?? defaultMaxTokens, isThinking: false }
  const { effort, budgetTokens } = options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return unthinking
  if (model.thinking === 'none') {
    // Not to think is what it does anyway.
    if (effort !== 'none') warn('reasoning', `${name} does not think`)
    return unthinking
  }
  const isAdaptive = model.thinking === 'adaptive' || effort !== undefined
  if (model.thinking !== 'budget' && isAdaptive) {
    if (budgetTokens !== undefined) {
      const message = `${name} measures its thinking itself; the budget is left out`
      warn('reasoning', message, 'harmless')
    }
    return { ...unthinking, ...adaptive(effort, model, { name, warn }) }
  }
  if (effort === 'none') return { ...unthinking, thinking: { type: 'disabled' } }
  if (effort !== undefined && budgetTokens !== undefined) {
    const message = 'A budget for thinking and an effort exclude each other; the budget is sent'
    warn('reasoning', message, 'harmless')
  }
  if (hasLostThinking(messages)) {
    const message = 'The thinking before the last calls is lost; their results are read without any'
    warn('reasoning', message, 'harmless')
    return unthinking
  }
  const wanted = budgetTokens ?? budgets[effort ?? 'medium']
  return withBudget(wanted, limit, warn) ?? unthinking
}

/**
 * Whoever thinks by budget and is given results of tools must be shown what it thought before it
 * called them, signed; dialects without a place for signatures lose it. Anthropic refuses the rest.
 */
function hasLostThinking(messages: readonly Message[]): boolean {
  const last = messages.findLast(({ role }) => role !== 'system')
  if (last?.content.some(({ type }) => type === 'tool-result') !== true) return false
  const calling = messages.findLast(({ role }) => role === 'assistant')
  const isSigned = calling?.content.some(
    (part) => part.type === 'reasoning' && part.signature !== undefined,
  )
  return isSigned === false
}

/** Newer models keep their thinking to themselves unless a summary is asked for. */
function adaptive(
  asked: ReasoningEffort | undefined,
  { efforts }: ClaudeModel,
  told: { name: string; warn: Warn },
): Partial<ThinkingPlan> {
  const thinks = { isThinking: true, thinking: { type: 'adaptive', display: 'summarized' } }
  if (asked === undefined) return thinks
  const effort = nearestEffort(asked, efforts, told)
  return effort === 'none' ? { thinking: { type: 'disabled' } } : { ...thinks, effort }
}

/** The budget must leave room below the limit, which a caller's own limit may not. */
function withBudget(wanted: number, limit: number | undefined, warn: Warn): ThinkingPlan | null {
  const least = Math.max(Math.trunc(wanted), leastBudget)
  if (least > wanted) {
    const message = `Anthropic's least budget for thinking is ${leastBudget} tokens, which is sent`
    warn('reasoning', message, 'harmless')
  }
  if (limit === undefined) return thinkingWithin(least, least + defaultMaxTokens)
  if (least < limit) return thinkingWithin(least, limit)
  if (limit <= leastBudget) {
    warn('reasoning', `A limit of ${limit} tokens leaves no room for thinking`)
    return null
  }
  warn(
    'reasoning',
    `The budget for thinking is cut to ${limit - 1} tokens, below the limit`,
    'harmless',
  )
  return thinkingWithin(limit - 1, limit)
}

function thinkingWithin(budget: number, maxTokens: number): ThinkingPlan {
  return { maxTokens, isThinking: true, thinking: { type: 'enabled', budget_tokens: budget } }
}
