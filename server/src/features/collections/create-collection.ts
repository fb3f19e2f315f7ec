import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, describeCaller, identityOf, type Uses } from '../identity/index.ts'
import { toCollectionName } from './collection-name.ts'
import type { CollectionSummary } from './collection.ts'
import { insertCollection } from './store.ts'

/**
 * Begins a collection of the caller's, whoever the client says it is. Throws `invalid` for a blank
 * name or one over 255 bytes. Names need not differ.
 */
export async function createCollection(
  ctx: Uses<'db' | 'clock' | 'vault' | 'caller'>,
  asked: { readonly name: string; readonly description: string | null },
): Promise<CollectionSummary> {
  allow(ctx.caller, 'logs:write')
  const name = toCollectionName(asked.name)
  const createdBy = await callerLabel(ctx)
  const now = ctx.clock.nowSeconds()
  const made = await ctx.db.write((tx) =>
    insertCollection(tx, {
      name,
      description: asked.description === null ? null : toStorableText(asked.description),
      owner: identityOf(ctx.caller),
      createdBy,
      isPublic: false,
      createdAt: now,
      updatedAt: now,
    }),
  )
  return { ...made, publicToken: null, requestCount: 0 }
}

/** How the caller is shown to those who see what it did: a name or the beginning of a key. */
export async function callerLabel(ctx: Uses<'db' | 'vault' | 'caller'>): Promise<string> {
  const { name, label, isAdmin } = await describeCaller(ctx)
  return isAdmin ? name : (label ?? name)
}
