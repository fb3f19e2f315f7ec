import { DomainError } from '../../platform/domain-error.ts'
import { allow, mayUse, type Caller } from '../identity/index.ts'
import { lackOf, openConnection } from './connection-facts.ts'
import type { Connection } from './connection.ts'
import { drawsFrom } from './draws.ts'
import { expandAlias, type Leaf } from './expand-alias.ts'
import { knownConnection, type KnownConnection } from './known-connections.ts'
import { listersOf } from './listers.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'
import type { ModelTarget, ResolvedModel } from './resolved-model.ts'

/**
 * What a model's name stands for: an alias; then the connection named before the first `/`, which
 * gets the rest unchanged; then the one connection that lists the whole name. A target of an alias
 * that cannot be called is passed over while others remain. Where a provider was asked for its
 * models before, nothing is read or asked. Needs `completions:run` or `embeddings:run`.
 * Source: rulings §4.
 * @throws DomainError `not-found` (details.reason `model_not_found`), `invalid`
 * (`ambiguous_model`), `precondition` (`no-key`, `switched-off`, `loop_detected`, `no-address`).
 */
export async function resolveModel(
  ctx: ModelContext,
  name: string,
  { random = Math.random() }: { readonly random?: number } = {},
): Promise<ResolvedModel> {
  allowRunning(ctx.caller)
  const snapshot = await ctx.directory.snapshot()
  const alias = snapshot.aliases.get(name)
  if (alias) return resolveAlias(ctx, snapshot, { alias, random })
  const target = await placeModel(ctx, snapshot, { model: name, defaults: {} })
  return { asked: name, alias: null, targets: [target], cacheSeconds: null, aliasSavedAt: null }
}

function allowRunning(caller: Caller): void {
  if (!mayUse(caller, 'embeddings:run')) allow(caller, 'completions:run')
}

async function resolveAlias(
  ctx: ModelContext,
  snapshot: ModelSnapshot,
  { alias, random }: { readonly alias: ModelAlias; readonly random: number },
): Promise<ResolvedModel> {
  const { name, options, updatedAt: aliasSavedAt } = alias
  const targets: ModelTarget[] = []
  let reason: DomainError | undefined
  for (const leaf of expandAlias(alias, snapshot.aliases, drawsFrom(random))) {
    try {
      targets.push(await placeModel(ctx, snapshot, leaf))
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      reason ??= error
    }
  }
  const [first, ...rest] = targets
  if (!first) throw reason ?? allSwitchedOff(name)
  const cacheSeconds = options.cacheSeconds || null
  return {
    asked: name,
    alias: name,
    targets: [first, ...rest],
    cacheSeconds,
    aliasSavedAt,
  }
}

function allSwitchedOff(alias: string): DomainError {
  return new DomainError('precondition', `Every target of ${alias} is switched off`, {
    details: { reason: 'switched-off', model: alias },
  })
}

async function placeModel(
  ctx: ModelContext,
  snapshot: ModelSnapshot,
  { model: name, ...rest }: Leaf,
): Promise<ModelTarget> {
  const slash = name.indexOf('/')
  const named = slash > 0 ? connectionOf(ctx, snapshot, name.slice(0, slash)) : undefined
  const model = name.slice(slash + 1)
  if (named && model === '') throw modelNotFound(name)
  if (named) return { ...rest, connection: callable(ctx, named), model }
  const listers = await listersOf(ctx, snapshot, name)
  const [only, second] = listers
  if (!only) throw modelNotFound(name)
  if (second) throw ambiguous(name, listers)
  return { ...rest, connection: callable(ctx, only), model: name }
}

function connectionOf(
  { providers }: ModelContext,
  { connections }: ModelSnapshot,
  name: string,
): KnownConnection | undefined {
  return knownConnection(name, connections, providers)
}

function callable(ctx: ModelContext, { facts, stored }: KnownConnection): Connection {
  const lack = lackOf(facts)
  if (lack === undefined) return openConnection(facts, stored, ctx)
  const { name, label } = facts
  const message =
    lack === 'no-key' ? `${label} has no API key` : `The provider ${name} is switched off`
  throw new DomainError('precondition', message, { details: { reason: lack, provider: name } })
}

/** The same in every surface's words. */
export function modelNotFound(name: string): DomainError {
  return new DomainError('not-found', `There is no model ${name}`, {
    details: { reason: 'model_not_found', model: name },
  })
}

export function ambiguous(name: string, listers: readonly KnownConnection[]): DomainError {
  const places = listers.map(({ facts }) => `${facts.name}/${name}`)
  const message = `Several providers have a model ${name}: ask for ${places.join(' or ')}`
  return new DomainError('invalid', message, {
    details: { reason: 'ambiguous_model', param: 'model', models: places },
  })
}
