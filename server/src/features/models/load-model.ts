import { DomainError } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { LoadPlan } from '../engine/index.ts'
import { allow, allowModel } from '../identity/index.ts'
import { askOllama } from './ask-ollama.ts'
import { keepAliveSeconds, type KeepAlive } from './keep-alive.ts'
import type { ModelContext } from './model-context.ts'
import { resolveModel } from './resolve-model.ts'

export interface LoadQuestion {
  /** Null for as long as the engine, or the Ollama itself, thinks best. */
  readonly keepAlive: KeepAlive
  /** How many servers like this one the question has passed already. */
  readonly hops: number
  readonly signal: AbortSignal
}

/**
 * Has the engine here or an Ollama take a model into memory, or let it go. Models elsewhere are
 * always ready: of those it is only made sure that the name stands for one. Needs `completions:run`.
 * @throws DomainError `not-found` for an unknown model, `invalid` for an ambiguous one and for a time
 * that is none, `forbidden` for one that the caller's key does not reach, `upstream` when its Ollama
 * cannot; what the engine throws for a file that cannot be loaded.
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
  if (connection.load) {
    const seconds = keepAliveSeconds(keepAlive)
    if (seconds === 0) return ctx.engine.unload(connection.load)
    return loadHere(ctx, connection.load, { keepAliveSeconds: seconds, signal: rest.signal })
  }
  if (connection.kind !== 'ollama') return
  const kept = keepAlive === null ? {} : { keep_alive: keepAlive }
  const body = { model, ...kept, stream: false }
  await askOllama(ctx.upstream, connection, { path: '/api/generate', body, ...rest })
}

/** Whoever asked for it may go before it is loaded. */
async function loadHere(
  { engine }: ModelContext,
  plan: LoadPlan,
  request: { readonly keepAliveSeconds: number | null; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await engine.load(plan, request)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    throw new DomainError('cancelled', `${plan.name} was not loaded`, { cause: error })
  }
}
