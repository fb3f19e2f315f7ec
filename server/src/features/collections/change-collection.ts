import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import {
  allow,
  auditEntry,
  dropShareLink,
  insertAudit,
  mintShareLink,
  type ShareTarget,
  type Uses,
} from '../identity/index.ts'
import { toCollectionName } from './collection-name.ts'
import type { CollectionSummary } from './collection.ts'
import { changeCollection, removeCollection } from './store.ts'
import { readCollection, useCollection } from './use-collection.ts'

type Changing = Uses<'db' | 'clock' | 'vault' | 'caller'>

/**
 * Renames or describes; what is null stays as it is. Throws `invalid` when nothing is asked for or
 * the name will not do, `not-found`, `forbidden`.
 */
export async function updateCollection(
  ctx: Changing,
  id: number,
  asked: { readonly name: string | null; readonly description: string | null },
): Promise<CollectionSummary> {
  allow(ctx.caller, 'logs:write')
  if (asked.name === null && asked.description === null) {
    throw new DomainError('invalid', 'Give a name or a description')
  }
  const change = {
    ...(asked.name === null ? {} : { name: toCollectionName(asked.name) }),
    ...(asked.description === null ? {} : { description: toStorableText(asked.description) }),
  }
  return ctx.db.write(async (tx) => {
    await useCollection(tx, ctx.caller, id)
    await changeCollection(tx, id, change, ctx.clock.nowSeconds())
    return readCollection(ctx, tx, id)
  })
}

/** Deletes a collection with its memberships and its link; its logs stay. */
export async function deleteCollection(ctx: Changing & Uses<'ids'>, id: number): Promise<void> {
  allow(ctx.caller, 'logs:write')
  await ctx.db.write(async (tx) => {
    const { name } = await useCollection(tx, ctx.caller, id)
    await dropShareLink(tx, targetOf(id))
    await removeCollection(tx, id)
    const target = { kind: 'collection', id: String(id) }
    await insertAudit(tx, [auditEntry(ctx, target, 'delete', { name })])
  })
}

/** Gives the token of a new public link to a collection; an old one is dead at once. */
export async function shareCollection(ctx: Changing & Uses<'ids'>, id: number): Promise<string> {
  allow(ctx.caller, 'logs:write')
  return ctx.db.write(async (tx) => {
    await useCollection(tx, ctx.caller, id)
    await changeCollection(tx, id, { isPublic: true }, ctx.clock.nowSeconds())
    const target = { kind: 'collection', id: String(id) }
    await insertAudit(tx, [auditEntry(ctx, target, 'update', { isPublic: true })])
    return mintShareLink(ctx, tx, targetOf(id))
  })
}

/** Makes a collection private, as it may be already. */
export async function unshareCollection(ctx: Changing & Uses<'ids'>, id: number): Promise<void> {
  allow(ctx.caller, 'logs:write')
  await ctx.db.write(async (tx) => {
    await useCollection(tx, ctx.caller, id)
    await changeCollection(tx, id, { isPublic: false }, ctx.clock.nowSeconds())
    await dropShareLink(tx, targetOf(id))
    const target = { kind: 'collection', id: String(id) }
    await insertAudit(tx, [auditEntry(ctx, target, 'update', { isPublic: false })])
  })
}

function targetOf(id: number): ShareTarget {
  return { kind: 'collection', targetId: String(id) }
}
