import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'

type ReadContext = Pick<ModelContext, 'caller' | 'directory'>

/** Every alias in the order of their names. Needs `models:read`. */
export async function listAliases(ctx: ReadContext): Promise<readonly ModelAlias[]> {
  allow(ctx.caller, 'models:read')
  const { aliases } = await ctx.directory.snapshot()
  return [...aliases.values()]
}

/** One of them. Throws DomainError `not-found`. */
export async function getAlias(ctx: ReadContext, name: string): Promise<ModelAlias> {
  allow(ctx.caller, 'models:read')
  const { aliases } = await ctx.directory.snapshot()
  const alias = aliases.get(name)
  if (!alias) throw aliasNotFound(name)
  return alias
}

export function aliasNotFound(name: string): DomainError {
  return new DomainError('not-found', `There is no alias ${name}`, {
    details: { code: 'alias_not_found_error', alias: name },
  })
}

/** A name that cannot go, because an alias leads to it. */
export function inUse(name: string, { name: alias }: ModelAlias): DomainError {
  return new DomainError('conflict', `The alias ${alias} leads to ${name}`, { details: { alias } })
}
