import { DomainError } from '../../platform/domain-error.ts'
import { useSharedCollection } from '../collections/index.ts'
import { getSharedLog, type LogPowers, type LogView } from './get-log.ts'
import { isMember } from './membership-store.ts'
import { findSharedLog } from './share-log.ts'

/** The log that a public link leads to, as it is shown to anybody. Throws `not-found`. */
export async function getLinkedLog(
  ctx: Omit<LogPowers, 'caller'>,
  token: string,
): Promise<LogView> {
  const found = await ctx.db.read((tx) => findSharedLog(tx, token))
  if (found === undefined) throw new DomainError('not-found', 'No such public request')
  return getSharedLog(ctx, found.requestId)
}

/**
 * A log of the collection that a public link leads to. It need not be public itself, unless it was
 * added as a public one. Throws `not-found`.
 */
export async function getLogOfSharedCollection(
  ctx: Omit<LogPowers, 'caller'>,
  token: string,
  requestId: string,
): Promise<LogView> {
  const isShown = await ctx.db.read(async (tx) => {
    const { id } = await useSharedCollection(tx, token)
    return isMember(tx, id, requestId)
  })
  if (!isShown) throw new DomainError('not-found', 'The collection does not hold this request')
  return getSharedLog(ctx, requestId)
}
