import { DomainError } from '../../platform/domain-error.ts'
import { lackOf, openConnection } from './connection-facts.ts'
import type { Connection } from './connection.ts'
import type { Leaf } from './expand-alias.ts'
import { knownConnection, type KnownConnection } from './known-connections.ts'
import { listersOf } from './listers.ts'
import { findDiscovered, localModel, openFileAlias } from './local-models.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'
import { findPrefixed } from './prefixed-models.ts'
import type { ModelTarget } from './resolved-model.ts'

/** What placing a model needs: it loads nothing. */
export type PlaceContext = Omit<ModelContext, 'engine' | 'db' | 'clock'>

/**
 * Where one model runs: a file, a discovered model, a connection's; aliases are done with by then.
 * Source: rulings §4.
 * @throws DomainError as `resolveModel`.
 */
export async function placeModel(
  ctx: PlaceContext,
  snapshot: ModelSnapshot,
  { model: name, file: alias, ...rest }: Leaf,
): Promise<ModelTarget> {
  if (alias) {
    const connection = callableLocal(ctx, snapshot)
    const { model, load } = await openFileAlias(ctx.library, alias)
    return { ...rest, connection: { ...connection, load }, model }
  }
  const file = await findDiscovered(ctx.library, name)
  if (file) {
    const { model, load } = localModel(file)
    return { ...rest, connection: { ...callableLocal(ctx, snapshot), load }, model }
  }
  return { ...rest, ...(await placeRemote(ctx, snapshot, name)) }
}

async function placeRemote(
  ctx: PlaceContext,
  snapshot: ModelSnapshot,
  name: string,
): Promise<Pick<ModelTarget, 'connection' | 'model'>> {
  const prefixed = findPrefixed(snapshot, name)
  if (prefixed) {
    const known = knownConnection(prefixed.connection, snapshot.connections, ctx.providers)
    if (known) return { connection: callable(ctx, known), model: prefixed.model }
  }
  const slash = name.indexOf('/')
  const named =
    slash > 0
      ? knownConnection(name.slice(0, slash), snapshot.connections, ctx.providers)
      : undefined
  const model = name.slice(slash + 1)
  if (named && model === '') throw modelNotFound(name)
  if (named) {
    const connection = callable(ctx, named)
    if (connection.kind === 'local') throw modelNotFound(name)
    return { connection, model }
  }
  const listers = await listersOf(ctx, snapshot, name)
  const [only, second] = listers
  if (!only) throw modelNotFound(name)
  if (second) throw ambiguous(name, listers)
  return { connection: callable(ctx, only), model: name }
}

/** @throws DomainError `precondition` where it is switched off. */
function callableLocal(ctx: PlaceContext, { connections }: ModelSnapshot): Connection {
  const known = knownConnection('local', connections, ctx.providers)
  if (!known) throw modelNotFound('local')
  return callable(ctx, known)
}

function callable(ctx: PlaceContext, { facts, stored }: KnownConnection): Connection {
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
