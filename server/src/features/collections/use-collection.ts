import type { Tx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Caller, type Uses } from '../identity/index.ts'
import { allowCollection, type Collection, type CollectionSummary } from './collection.ts'
import { withLinks } from './shown-collection.ts'
import { countRequests, findCollection } from './store.ts'

/** A collection that the caller may use. Throws `not-found`, else `forbidden`. */
export async function useCollection(tx: Tx, caller: Caller, id: number): Promise<Collection> {
  const found = await findCollection(tx, id)
  if (found === undefined) throw new DomainError('not-found', 'Collection not found')
  allowCollection(caller, found)
  return found
}

/** The same with its link and the number of its logs. */
export async function getCollection(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  id: number,
): Promise<CollectionSummary> {
  allow(ctx.caller, 'logs:read')
  return ctx.db.read((tx) => readCollection(ctx, tx, id))
}

export async function readCollection(
  ctx: Uses<'vault' | 'caller'>,
  tx: Tx,
  id: number,
): Promise<CollectionSummary> {
  const collection = await useCollection(tx, ctx.caller, id)
  const counted = { ...collection, requestCount: await countRequests(tx, id) }
  const [shown] = await withLinks(ctx, tx, [counted])
  return shown ?? { ...counted, publicToken: null }
}
