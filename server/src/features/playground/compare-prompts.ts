import type { CompletionContext } from '../completion/index.ts'
import { allow } from '../identity/index.ts'
import { findAskedModel, noKeyNeededBy } from './asked-model.ts'
import { runComparison, saidBy } from './comparison.ts'
import type { ChatMessage } from './conversation.ts'
import { metricsOf, type Metrics } from './metrics.ts'

export interface PromptComparison {
  readonly model: string
  readonly systemPrompt: string | null
  readonly prompts: readonly string[]
}

export interface ComparedPrompt {
  readonly prompt: string
  /** What the model said, or `Error: <reason>`. */
  readonly completion: string
  readonly metrics: Metrics
}

export interface PromptTest {
  readonly traceId: string
  /** Names this test alone; it is stored nowhere. */
  readonly testId: string
  readonly results: readonly ComparedPrompt[]
}

/**
 * Asks one model several prompts, each alone, in one trace. Needs `completions:run`.
 * Source: beacon contract §6.3.
 * @throws DomainError `invalid`, before anything is stored, for a model that cannot be asked;
 * `cancelled` when the asker has left.
 */
export async function comparePrompts(
  ctx: CompletionContext,
  { model, systemPrompt, prompts }: PromptComparison,
  signal: AbortSignal,
): Promise<PromptTest> {
  allow(ctx.caller, 'completions:run')
  const asked = await findAskedModel(ctx, model, noKeyNeededBy)
  const comparison = {
    name: `A/B Test: ${model}`,
    attributes: { playground: true, 'playground.ab_test': true },
    systemPrompt,
    contenders: prompts.map((prompt, index) => {
      const messages: readonly ChatMessage[] = [{ role: 'user', text: prompt }]
      return { asked, spanName: `${model} (Prompt ${index + 1})`, messages, prompt }
    }),
  }
  const { traceId, compared } = await runComparison(ctx, comparison, signal)
  const results = compared.map(({ contender, outcome }) => ({
    prompt: contender.prompt,
    completion: saidBy(outcome),
    metrics: metricsOf(outcome),
  }))
  return { traceId, testId: ctx.ids.uuid(), results }
}
