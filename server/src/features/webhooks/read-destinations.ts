import type { Tx } from '../../platform/db/database.ts'
import { allow, type Uses } from '../identity/index.ts'
import { destinationNotFound, toShownDestination, type WebhookDestination } from './destination.ts'
import { allDestinations, findDestination, urlsOfDestinations } from './destination-store.ts'

/** All destinations, the newest first. Needs `webhooks:manage`. */
export async function listDestinations(
  ctx: Uses<'db' | 'caller'>,
): Promise<readonly WebhookDestination[]> {
  allow(ctx.caller, 'webhooks:manage')
  return (await ctx.db.read(allDestinations)).map(toShownDestination)
}

/** Needs `webhooks:manage`. Throws DomainError `not-found`. */
export async function getDestination(
  ctx: Uses<'db' | 'caller'>,
  id: string,
): Promise<WebhookDestination> {
  return get(ctx, 'id', id)
}

/** As `getDestination`, by the name that clients show. */
export async function getDestinationByIdentifier(
  ctx: Uses<'db' | 'caller'>,
  identifier: string,
): Promise<WebhookDestination> {
  return get(ctx, 'identifier', identifier)
}

async function get(
  ctx: Uses<'db' | 'caller'>,
  column: 'id' | 'identifier',
  value: string,
): Promise<WebhookDestination> {
  allow(ctx.caller, 'webhooks:manage')
  const stored = await ctx.db.read((tx) => findDestination(tx, column, value))
  if (!stored) throw destinationNotFound(value)
  return toShownDestination(stored)
}

/** Which of these ids no destination has. */
export async function unknownDestinations(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const known = await urlsOfDestinations(tx, ids)
  return [...new Set(ids)].filter((id) => !known.has(id))
}
