import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import {
  callerLabel,
  listCollectionsHolding,
  readCollection,
  useCollection,
  useSharedCollection,
  type Collection,
  type CollectionSummary,
} from '../collections/index.ts'
import { allow, type Uses } from '../identity/index.ts'
import { owns } from './access.ts'
import { findLogAccess } from './log-store.ts'
import { deleteMembership, insertMembership, pageOfMembers } from './membership-store.ts'
import type { CollectedLog } from './membership.ts'
import { readableLog } from './readable-log.ts'

interface Page {
  readonly limit: number
  readonly offset: number
}

/** What a log is added as. Who adds it, the caller's identity tells. */
export interface Addition {
  readonly collectionId: number
  readonly requestId: string
  readonly notes: string | null
}

/**
 * Puts a log that the caller may read into a collection of the caller's; one that is in it stays
 * as it is. Throws `invalid`, `not-found`, `forbidden`.
 */
export async function addToCollection(
  ctx: Uses<'db' | 'clock' | 'vault' | 'caller'>,
  { collectionId, requestId: text, notes }: Addition,
): Promise<{ readonly requestId: string }> {
  allow(ctx.caller, 'logs:write')
  const requestId = toRequestId(text)
  const addedBy = await callerLabel(ctx)
  const addedAt = ctx.clock.nowSeconds()
  await ctx.db.write(async (tx) => {
    await useCollection(tx, ctx.caller, collectionId)
    const log = await readableLog(tx, ctx.caller, requestId)
    await insertMembership(tx, {
      collectionId,
      requestId,
      addedAt,
      addedBy,
      notes: notes === null ? null : toStorableText(notes),
      needsPublic: !owns(ctx.caller, log),
    })
  })
  return { requestId }
}

/** Throws `not-found` for a collection that is not there or does not hold the log, `forbidden`. */
export async function removeFromCollection(
  ctx: Uses<'db' | 'caller'>,
  { collectionId, requestId: text }: Omit<Addition, 'notes'>,
): Promise<{ readonly requestId: string }> {
  allow(ctx.caller, 'logs:write')
  const requestId = toRequestId(text)
  const isGone = await ctx.db.write(async (tx) => {
    await useCollection(tx, ctx.caller, collectionId)
    return deleteMembership(tx, collectionId, requestId)
  })
  if (!isGone) throw new DomainError('not-found', 'The collection does not hold this request')
  return { requestId }
}

/** A collection of the caller's and a page of its logs, last added first. */
export async function getCollectedLogs(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  collectionId: number,
  page: Page,
): Promise<{
  readonly collection: CollectionSummary
  readonly requests: readonly CollectedLog[]
  readonly total: number
}> {
  allow(ctx.caller, 'logs:read')
  return ctx.db.read(async (tx) => {
    const collection = await readCollection(ctx, tx, collectionId)
    return { collection, ...(await pageOfMembers(tx, collectionId, page)) }
  })
}

/** Those of the caller's collections that hold a log. Throws `not-found` for an unknown log. */
export async function listCollectionsOfLog(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  requestId: string,
): Promise<readonly CollectionSummary[]> {
  allow(ctx.caller, 'logs:read')
  const found = await ctx.db.read((tx) => findLogAccess(tx, requestId))
  if (found === undefined) throw new DomainError('not-found', 'Request not found')
  return listCollectionsHolding(ctx, requestId)
}

/** What a public link to a collection shows, to anybody. Throws `not-found`. */
export async function getSharedCollection(
  ctx: Uses<'db'>,
  token: string,
  page: Page,
): Promise<{
  readonly collection: Collection
  readonly requests: readonly CollectedLog[]
  readonly total: number
}> {
  return ctx.db.read(async (tx) => {
    const collection = await useSharedCollection(tx, token)
    return { collection, ...(await pageOfMembers(tx, collection.id, page)) }
  })
}

function toRequestId(text: string): string {
  const requestId = toStorableText(text).trim()
  if (requestId === '') throw new DomainError('invalid', 'request_id must not be blank')
  return requestId
}
