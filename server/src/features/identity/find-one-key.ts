import { DomainError } from '../../platform/domain-error.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { ApiKey } from './api-key.ts'
import { ownerKeyOf } from './caller.ts'
import { selectKeys } from './store.ts'
import type { Uses } from './uses.ts'

/**
 * The one key that an id or a shown prefix names, among those that the caller reaches; nobody else
 * changes it before the transaction ends.
 * @throws DomainError `not-found`, or `conflict` when the prefix fits several keys.
 */
export async function findOneKey(
  { caller }: Uses<'caller'>,
  tx: Tx,
  reference: string,
): Promise<ApiKey> {
  const filter = { subject: ownerKeyOf(caller), reference, isLocked: true }
  const [key, second] = await selectKeys(tx, filter)
  if (key === undefined) throw new DomainError('not-found', `No API key "${reference}"`)
  if (second === undefined) return key
  throw new DomainError('conflict', `"${reference}" fits several API keys; give an id`)
}
