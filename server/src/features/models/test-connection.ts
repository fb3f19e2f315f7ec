import { allow } from '../identity/index.ts'
import { lackOf } from './connection-facts.ts'
import { knownConnection, listSourceOf } from './known-connections.ts'
import { connectionNotFound } from './list-connections.ts'
import { toStatus } from './list-models.ts'
import { discoveredModels } from './listed-local.ts'
import type { ProviderStatus } from './listed-model.ts'
import type { ModelContext } from './model-context.ts'
import { testMs } from './save-connection.ts'

/**
 * Asks a provider for its models now and tells what came of it; the local engine is asked nothing. Needs `models:manage`, since it
 * makes the server call out as often as it is asked.
 * @throws DomainError `not-found`.
 */
export async function testConnection(ctx: ModelContext, name: string): Promise<ProviderStatus> {
  allow(ctx.caller, 'models:manage')
  const { connections } = await ctx.directory.snapshot()
  const known = knownConnection(name, connections, ctx.providers)
  if (!known) throw connectionNotFound(name)
  if (known.facts.kind === 'local' || lackOf(known.facts) !== undefined) {
    const { size } = await discoveredModels(ctx, { connections })
    return toStatus({ known, list: undefined }, size)
  }
  const answer = await ctx.directory.lists.check(listSourceOf(known, ctx), ctx.upstream, testMs)
  const models = answer.status === 'listed' ? answer.models : []
  const list = { models, ids: new Set<string>(), answer, checkedAt: ctx.clock.nowSeconds() }
  const asked = { ...known, facts: { ...known.facts, models: null } }
  return toStatus({ known: asked, list }, 0)
}
