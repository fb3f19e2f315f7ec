import { DomainError } from '../../platform/domain-error.ts'
import { identityOf, mayUse, ownerKeyOf, type Caller } from '../identity/index.ts'

/** A named set of logs that somebody keeps. Times are Unix seconds. */
export interface Collection {
  readonly id: number
  readonly name: string
  readonly description: string | null
  /** Whose it is (`identityOf`); never shown. */
  readonly owner: string | null
  /** How its owner is shown. */
  readonly createdBy: string | null
  readonly isPublic: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** As those who may see it are given it: with its link and the number of its logs. */
export interface CollectionSummary extends Collection {
  readonly publicToken: string | null
  readonly requestCount: number
}

export type NewCollection = Omit<Collection, 'id'>

/** Whose collections a caller may use: everybody's (undefined) or those of one owner. */
export function collectionReach(caller: Caller): string | undefined {
  const isAdmin = mayUse(caller, 'keys:manage') && ownerKeyOf(caller) === undefined
  return isAdmin ? undefined : identityOf(caller)
}

/** Throws `forbidden` for a collection of somebody else. */
export function allowCollection(caller: Caller, { owner }: Pick<Collection, 'owner'>): void {
  const reach = collectionReach(caller)
  if (reach === undefined || reach === owner) return
  throw new DomainError('forbidden', 'This collection belongs to somebody else')
}
