import { DomainError } from '../../platform/domain-error.ts'
import { isPrintable } from '../../platform/is-printable.ts'
import type { Caller } from './caller.ts'

const longestName = 300
const mostGrants = 1000

/**
 * Whether a caller reaches a model by this name. A key may be given exact names, `provider/*` for
 * all of a provider's, or `*`; other callers, and keys that were given none, reach all.
 */
export function mayUseModel(caller: Caller, modelName: string): boolean {
  const grants = caller.kind === 'apiKey' ? caller.models : undefined
  return grants === undefined || grants.some((grant) => covers(grant, modelName))
}

/** Whether a caller is shown no models but those that it reaches. */
export function hidesModels(caller: Caller): boolean {
  return caller.kind === 'apiKey' && caller.hidesModels === true
}

/** @throws DomainError `forbidden` for a model that the caller's key was not given. */
export function allowModel(caller: Caller, modelName: string): void {
  if (mayUseModel(caller, modelName)) return
  const details = { code: 'token_grant_error-model_forbidden' }
  throw new DomainError('forbidden', `This key may not use the model ${modelName}`, { details })
}

/** Whether the caller may know of a connection: one that hides models shows those with some of its own. */
export function maySeeConnection(caller: Caller, connection: string): boolean {
  if (caller.kind !== 'apiKey' || !hidesModels(caller)) return true
  const grants = caller.models ?? ['*']
  return grants.some((grant) => grant === '*' || grant.startsWith(`${connection}/`))
}

function covers(grant: string, name: string): boolean {
  if (grant === '*' || grant === name) return true
  return grant.endsWith('/*') && name.length >= grant.length && name.startsWith(grant.slice(0, -1))
}

/**
 * The grants as they are kept, each once; null for all models.
 * @throws DomainError `invalid` for an empty list or a word that names no models.
 */
export function checkModelGrants(grants: readonly string[] | null): readonly string[] | null {
  if (grants === null) return null
  if (grants.length === 0 || grants.length > mostGrants) {
    throw new DomainError('invalid', `A key is given 1 to ${mostGrants} models, or all`)
  }
  const wrong = grants.find((grant) => !isGrant(grant))
  if (wrong === undefined) return [...new Set(grants)]
  const words = `"${wrong.toWellFormed().slice(0, 100)}" names no model`
  throw new DomainError('invalid', `${words}: give a name, provider/* or *`)
}

function isGrant(grant: string): boolean {
  if (grant === '*') return true
  const name = grant.endsWith('/*') ? grant.slice(0, -2) : grant
  if (name === '' || grant.length > longestName || name.trim() !== name) return false
  return isPrintable(name) && !name.includes('*')
}

/** Reads what is stored. Grants that this version cannot read reach nothing. */
export function readModelGrants(text: string | null): readonly string[] | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return []
    return value.filter((grant) => typeof grant === 'string')
  } catch {
    return []
  }
}
