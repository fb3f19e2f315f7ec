import { DomainError } from '../../platform/domain-error.ts'
import type { CompletionContext } from '../completion/index.ts'
import { allow } from '../identity/index.ts'
import { findAskedModels, noKeyNeededBy } from './asked-model.ts'
import { runComparison, saidBy } from './comparison.ts'
import type { ChatMessage } from './conversation.ts'
import { metricsOf, type Metrics } from './metrics.ts'

export interface ModelComparison {
  readonly models: readonly string[]
  readonly systemPrompt: string | null
  readonly messages: readonly ChatMessage[]
}

export interface ComparedModel {
  readonly model: string
  readonly provider: string
  /** What it said, or `Error: <reason>`. */
  readonly completion: string
  readonly metrics: Metrics
}

/**
 * Asks several models the same, in one trace; a model may be named more than once. Needs
 * `completions:run`. Source: beacon contract §6.2.
 * @throws DomainError `invalid`, before anything is stored, for fewer than two models and for one
 * that cannot be asked; `cancelled` when the asker has left.
 */
export async function compareModels(
  ctx: CompletionContext,
  { models, systemPrompt, messages }: ModelComparison,
  signal: AbortSignal,
): Promise<{ readonly traceId: string; readonly results: readonly ComparedModel[] }> {
  allow(ctx.caller, 'completions:run')
  if (models.length < 2) {
    throw new DomainError('invalid', 'Comparison requires at least 2 models')
  }
  const asked = await findAskedModels(ctx, models, noKeyNeededBy)
  const comparison = {
    name: `Compare: ${models.join(' vs ')}`,
    attributes: { playground: true, 'playground.compare': true },
    systemPrompt,
    contenders: asked.map((one) => ({ asked: one, spanName: one.name, messages })),
  }
  const { traceId, compared } = await runComparison(ctx, comparison, signal)
  const results = compared.map(({ contender, outcome }) => ({
    model: contender.asked.name,
    provider: contender.asked.connection.name,
    completion: saidBy(outcome),
    metrics: metricsOf(outcome),
  }))
  return { traceId, results }
}
