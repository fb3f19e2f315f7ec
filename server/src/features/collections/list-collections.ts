import { allow, type Uses } from '../identity/index.ts'
import { collectionReach, type CollectionSummary } from './collection.ts'
import { withLinks } from './shown-collection.ts'
import { collectionsHolding, pageOfCollections, type Page } from './store.ts'

/** The caller's collections, last changed first; everybody's for an admin. */
export async function listCollections(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  page: Page,
): Promise<{ readonly collections: readonly CollectionSummary[]; readonly total: number }> {
  allow(ctx.caller, 'logs:read')
  return ctx.db.read(async (tx) => {
    const { collections, total } = await pageOfCollections(tx, collectionReach(ctx.caller), page)
    return { collections: await withLinks(ctx, tx, collections), total }
  })
}

/** Those of the caller's collections that hold a log, by name; everybody's for an admin. */
export async function listCollectionsHolding(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  requestId: string,
): Promise<readonly CollectionSummary[]> {
  allow(ctx.caller, 'logs:read')
  return ctx.db.read(async (tx) => {
    const found = await collectionsHolding(tx, requestId, collectionReach(ctx.caller))
    return withLinks(ctx, tx, found)
  })
}
