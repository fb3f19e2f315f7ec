import { DomainError } from '../../platform/domain-error.ts'
import { allow, mayUse, type Caller } from '../identity/index.ts'
import { drawsFrom } from './draws.ts'
import { expandAlias, type Leaf } from './expand-alias.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelSnapshot } from './model-directory.ts'
import { placeModel, type PlaceContext } from './place-model.ts'
import type { Cooldown, ModelTarget, ResolvedModel } from './resolved-model.ts'

/**
 * What a model's name stands for: an alias; then a discovered model; then what a connection's prefix
 * begins; then the connection named before the first `/`, which gets the rest unchanged; then the one
 * connection that lists the whole name. A target of an alias that cannot be called, or rests, is
 * passed over while others remain. Where a provider was asked for its models before, nothing is read
 * or asked. Needs `completions:run` or `embeddings:run`. Source: rulings §4, bodhi contract B.2, B.3.
 * @throws DomainError `not-found` (details.reason `model_not_found`, details.code
 * `hub_file_not_found_error` for a file that is gone), `invalid` (`ambiguous_model`), `precondition`
 * (`no-key`, `switched-off`, `loop_detected`, `no-address`).
 */
export async function resolveModel(
  ctx: PlaceContext,
  name: string,
  { random = Math.random() }: { readonly random?: number } = {},
): Promise<ResolvedModel> {
  allowRunning(ctx.caller)
  const snapshot = await ctx.directory.snapshot()
  const alias = snapshot.aliases.get(name)
  if (alias) return resolveAlias(ctx, snapshot, { alias, random })
  const target = await place(ctx, snapshot, { model: name, defaults: {} })
  const nothing = { cacheSeconds: null, traceTokens: null, cooldown: null, aliasSavedAt: null }
  return { asked: name, alias: null, strategy: null, targets: [target], ...nothing }
}

function allowRunning(caller: Caller): void {
  if (!mayUse(caller, 'embeddings:run')) allow(caller, 'completions:run')
}

/** What the server adds to every request counts after what aliases add. */
async function place(ctx: PlaceContext, snapshot: ModelSnapshot, leaf: Leaf): Promise<ModelTarget> {
  const target = await placeModel(ctx, snapshot, leaf)
  return { ...target, defaults: { ...ctx.directory.serverDefaults(), ...target.defaults } }
}

async function resolveAlias(
  ctx: PlaceContext,
  snapshot: ModelSnapshot,
  { alias, random }: { readonly alias: ModelAlias; readonly random: number },
): Promise<ResolvedModel> {
  const { name, options, updatedAt: aliasSavedAt } = alias
  const targets: ModelTarget[] = []
  let reason: DomainError | undefined
  for (const leaf of expandAlias(alias, snapshot.aliases, drawsFrom(random))) {
    try {
      targets.push(await place(ctx, snapshot, leaf))
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      reason ??= error
    }
  }
  const [first, ...rest] = toBeTried(ctx, alias, targets)
  if (!first) throw reason ?? allSwitchedOff(name)
  return {
    asked: name,
    alias: name,
    strategy: alias.kind === 'router' ? alias.options.strategy : null,
    targets: [first, ...rest],
    cacheSeconds: options.cacheSeconds || null,
    traceTokens: options.traceTokens ?? null,
    cooldown: cooldownOf(alias),
    aliasSavedAt,
  }
}

/** Where all rest, none does: a call that may fail is better than none. */
function toBeTried(
  { directory }: PlaceContext,
  alias: ModelAlias,
  targets: readonly ModelTarget[],
): readonly ModelTarget[] {
  if (alias.kind === 'file') return targets
  const mayRest = cooldownOf(alias) !== null
  const awake = targets.filter((target) => !mayRest || !directory.isResting(alias.name, target))
  return (awake.length > 0 ? awake : targets).slice(0, alias.options.maxAttempts || undefined)
}

function cooldownOf(alias: ModelAlias): Cooldown | null {
  if (alias.kind === 'file') return null
  const { cooldownSeconds: seconds = 0, honorsRetryAfter = false } = alias.options
  return seconds > 0 || honorsRetryAfter ? { seconds, honorsRetryAfter } : null
}

function allSwitchedOff(alias: string): DomainError {
  return new DomainError('precondition', `Every target of ${alias} is switched off`, {
    details: { reason: 'switched-off', model: alias },
  })
}
