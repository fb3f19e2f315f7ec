import { allow, type Uses } from '../identity/index.ts'
import { selectConnections } from './connection-store.ts'

/**
 * Names of the providers that have a stored key and are not switched off; the environment does
 * not count here. Needs `models:read`, since it tells nothing of the keys.
 */
export async function listConfiguredProviders(
  ctx: Uses<'db' | 'caller'>,
): Promise<ReadonlySet<string>> {
  allow(ctx.caller, 'models:read')
  const rows = await ctx.db.read(selectConnections)
  const usable = rows.filter(({ isActive, sealedSecret }) => isActive && sealedSecret !== null)
  return new Set(usable.map(({ name }) => name))
}
