import type { Tx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { findShareTarget } from '../identity/index.ts'
import type { Collection } from './collection.ts'
import { findCollection } from './store.ts'

/** The collection that a public link leads to. Throws `not-found`, also once it is private. */
export async function useSharedCollection(tx: Tx, token: string): Promise<Collection> {
  const id = await findShareTarget(tx, 'collection', token)
  const found = id === undefined ? undefined : await findCollection(tx, Number(id))
  if (found?.isPublic === true) return found
  throw new DomainError('not-found', 'No such public collection')
}
