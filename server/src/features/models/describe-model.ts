import type { JsonObject } from '../../platform/json.ts'
import { allow, lendScope, mayUseModel } from '../identity/index.ts'
import { askOllama } from './ask-ollama.ts'
import { listModels } from './list-models.ts'
import type { ModelContext } from './model-context.ts'
import type { RequestDefaults } from './request-defaults.ts'
import { modelNotFound, resolveModel } from './resolve-model.ts'

/** What can be said of a model: all that its Ollama tells, or the little that is known here. */
export type ModelDescription =
  | { readonly source: 'ollama'; readonly told: JsonObject }
  | {
      readonly source: 'known'
      /** Unix seconds; 0 where nobody says. */
      readonly createdAt: number
      readonly defaults: RequestDefaults
    }

export interface ModelQuestion {
  /** What an Ollama is asked besides, for example `verbose`. */
  readonly more: JsonObject
  /** How many servers like this one the question has passed already. */
  readonly hops: number
  readonly signal: AbortSignal
}

/**
 * Describes a model by the name it is asked for; an alias by the first place it leads to now. Needs
 * `models:read`.
 * @throws DomainError `not-found` for an unknown model and one that the caller's key does not reach,
 * `invalid` for an ambiguous name, `upstream` when its Ollama does not tell.
 */
export async function describeModel(
  ctx: ModelContext,
  name: string,
  question: ModelQuestion,
): Promise<ModelDescription> {
  allow(ctx.caller, 'models:read')
  if (!mayUseModel(ctx.caller, name)) throw modelNotFound(name)
  // Whoever may read of a model need not be allowed to run it.
  const caller = lendScope(ctx.caller, 'completions:run')
  const { targets } = await resolveModel({ ...ctx, caller }, name)
  const [{ connection, model, defaults }] = targets
  if (connection.kind === 'ollama') {
    const { more, ...rest } = question
    const shown = { path: '/api/show', body: { ...more, model }, ...rest } as const
    return { source: 'ollama', told: await askOllama(ctx.upstream, connection, shown) }
  }
  const { models } = await listModels(ctx)
  const createdAt = models.find(({ id }) => id === name)?.createdAt ?? 0
  return { source: 'known', createdAt, defaults }
}
