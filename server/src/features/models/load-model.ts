import { allow, allowModel } from '../identity/index.ts'
import { askOllama } from './ask-ollama.ts'
import type { ModelContext } from './model-context.ts'
import { resolveModel } from './resolve-model.ts'

/** For how long: a duration such as `5m`, or seconds; 0 lets it go at once. */
export type KeepAlive = string | number | null

export interface LoadQuestion {
  /** Null for as long as the Ollama itself thinks best. */
  readonly keepAlive: KeepAlive
  /** How many servers like this one the question has passed already. */
  readonly hops: number
  readonly signal: AbortSignal
}

/**
 * Has an Ollama take a model into memory, or let it go. Models elsewhere are always ready: of those
 * it is only made sure that the name stands for one. Needs `completions:run`.
 * @throws DomainError `not-found` for an unknown model, `invalid` for an ambiguous one, `forbidden`
 * for one that the caller's key does not reach, `upstream` when its Ollama cannot.
 */
export async function loadModel(
  ctx: ModelContext,
  name: string,
  { keepAlive, ...rest }: LoadQuestion,
): Promise<void> {
  allow(ctx.caller, 'completions:run')
  allowModel(ctx.caller, name)
  const { targets } = await resolveModel(ctx, name)
  const [{ connection, model }] = targets
  if (connection.kind !== 'ollama') return
  const kept = keepAlive === null ? {} : { keep_alive: keepAlive }
  const body = { model, ...kept, stream: false }
  await askOllama(ctx.upstream, connection, { path: '/api/generate', body, ...rest })
}
