import { DomainError } from '../../platform/domain-error.ts'
import type { ModelFile } from '../model-files/index.ts'
import { knownConnections, type KnownConnection } from './known-connections.ts'
import type { AliasTarget } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'
import { findPrefixed } from './prefixed-models.ts'
import { isRemote } from './remote-view.ts'

/** A target as Bodhi's clients know it. Source: bodhi contract B.3. */
export interface RouterTarget {
  /** An alias, a discovered model, or a remote provider by name, label or id. */
  readonly alias: string
  /** The model of that provider; of an alias its name. */
  readonly model: string
  readonly isEnabled: boolean
  readonly weight?: number
}

export interface RouterPlaces extends Pick<ModelContext, 'providers'> {
  readonly snapshot: ModelSnapshot
  readonly discovered: ReadonlyMap<string, ModelFile>
}

/**
 * The target of a router of that name.
 * @throws DomainError `invalid` for the router itself and for a model that the place does not have;
 * `not-found` for a place that is not there.
 */
export function toAliasTarget(
  router: string,
  { alias, model, isEnabled, weight }: RouterTarget,
  places: RouterPlaces,
): AliasTarget {
  const rest = { isEnabled, ...(weight !== undefined && { weight }), said: { alias, model } }
  if (alias === router) {
    throw refused('invalid', `${router} cannot lead to itself`, 'self_reference')
  }
  const { aliases } = places.snapshot
  const own = aliases.get(alias) ?? [...aliases.values()].find(({ id }) => id === alias)
  const name = own?.name ?? (places.discovered.has(alias) ? alias : undefined)
  if (name !== undefined) {
    if (model === alias || model === name) return { model: name, ...rest }
    throw refused('invalid', `${name} is one model, and not ${model}`, 'invalid_pinned_model')
  }
  const known = findProvider(alias, places)
  if (!known) throw refused('not-found', `There is no model ${alias}`, 'referenced_alias_not_found')
  return { model: `${known.facts.name}/${modelOf(model, known)}`, ...rest }
}

/** A target in the words in which it was said, or in those that say the same. */
export function toRouterTarget(target: AliasTarget, places: RouterPlaces): RouterTarget {
  const { model, isEnabled, weight, said } = target
  const rest = { isEnabled, ...(weight !== undefined && { weight }) }
  return { ...(said ?? wordsOf(model, places)), ...rest }
}

function wordsOf(
  model: string,
  { snapshot, discovered, providers }: RouterPlaces,
): Pick<RouterTarget, 'alias' | 'model'> {
  if (snapshot.aliases.has(model) || discovered.has(model)) return { alias: model, model }
  const prefixed = findPrefixed(snapshot, model)
  if (prefixed) return { alias: prefixed.connection, model: prefixed.model }
  const slash = model.indexOf('/')
  const name = model.slice(0, slash)
  const known = knownConnections(snapshot.connections, providers)
  const isPlaced = slash > 0 && known.some(({ facts }) => facts.name === name)
  return isPlaced ? { alias: name, model: model.slice(slash + 1) } : { alias: model, model }
}

function findProvider(
  word: string,
  { snapshot, providers }: RouterPlaces,
): KnownConnection | undefined {
  const all = knownConnections(snapshot.connections, providers).filter(isRemote)
  const by = (key: 'id' | 'name' | 'label') => all.find(({ facts }) => facts[key] === word)
  return by('id') ?? by('name') ?? by('label')
}

/** It may be said as it is asked for here, or as its provider names it. */
function modelOf(model: string, { facts: { prefix, models, label } }: KnownConnection): string {
  const own = prefix !== null && model.startsWith(prefix) ? model.slice(prefix.length) : model
  if (models === null ? own !== '' : models.includes(own)) return own
  if (models?.includes(model)) return model
  throw refused('invalid', `${label} has no model ${model}`, 'invalid_pinned_model')
}

function refused(code: 'invalid' | 'not-found', message: string, word: string): DomainError {
  return new DomainError(code, message, {
    details: { code: `model_router_error-${word}`, param: 'targets' },
  })
}
