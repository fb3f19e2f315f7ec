import type { Tx } from '../../platform/db/database.ts'
import { shareTokens, type Uses } from '../identity/index.ts'
import type { CollectionSummary } from './collection.ts'
import type { CountedCollection } from './store.ts'

/** Adds the links, which whoever may use a collection may see. */
export async function withLinks(
  ctx: Uses<'vault'>,
  tx: Tx,
  collections: readonly CountedCollection[],
): Promise<CollectionSummary[]> {
  const shared = collections.filter(({ isPublic }) => isPublic).map(({ id }) => String(id))
  const tokens = await shareTokens(ctx, tx, 'collection', shared)
  return collections.map((one) => ({
    ...one,
    publicToken: one.isPublic ? (tokens.get(String(one.id)) ?? null) : null,
  }))
}
