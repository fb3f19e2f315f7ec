import { DomainError } from '../../platform/domain-error.ts'
import { allow, maySeeConnection } from '../identity/index.ts'
import { knownConnection, knownConnections } from './known-connections.ts'
import type { ModelContext } from './model-context.ts'
import { toShown, type ShownConnection } from './shown-connection.ts'

/** Every connection: the built-in ones, then those that people added. Needs `models:read`. */
export async function listConnections(ctx: ModelContext): Promise<readonly ShownConnection[]> {
  allow(ctx.caller, 'models:read')
  const { connections } = await ctx.directory.snapshot()
  return knownConnections(connections, ctx.providers)
    .filter(({ facts }) => maySeeConnection(ctx.caller, facts.name))
    .map((known) => toShown(known, ctx))
}

/** One of them. Throws DomainError `not-found`. */
export async function getConnection(ctx: ModelContext, name: string): Promise<ShownConnection> {
  allow(ctx.caller, 'models:read')
  const { connections } = await ctx.directory.snapshot()
  const known = knownConnection(name, connections, ctx.providers)
  if (!known || !maySeeConnection(ctx.caller, known.facts.name)) throw connectionNotFound(name)
  return toShown(known, ctx)
}

export function connectionNotFound(name: string): DomainError {
  return new DomainError('not-found', `There is no connection ${name}`)
}
