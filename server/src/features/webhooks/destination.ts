import { DomainError } from '../../platform/domain-error.ts'
import type { WebhookDestinationsTable } from '../../platform/db/deployment-tables.ts'

/** Somebody who wants to be told. Times are Unix seconds. */
export interface WebhookDestination {
  readonly id: string
  /** A second name, which clients show. */
  readonly identifier: string
  readonly name: string
  /** With a mask where a password stands, which is sent as basic authorization. */
  readonly url: string
  readonly isActive: boolean
  /** Whether it has a key of its own; what that is is never told. */
  readonly hasSecret: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** As it is stored, with its secrets as the vault sealed them. */
export interface StoredDestination extends Omit<WebhookDestination, 'hasSecret'> {
  readonly sealedSecret: string | null
  /** User and password of its address, as they stand there. */
  readonly sealedCredentials: string | null
  readonly createdBy: string | null
}

/** For what its key is sealed. */
export const webhookSecretPurpose = 'webhook-secret'
/** For what the user and the password of its address are. */
export const webhookCredentialsPurpose = 'webhook-credentials'

export function toStoredDestination(row: WebhookDestinationsTable): StoredDestination {
  return {
    id: row.id,
    identifier: row.identifier,
    name: row.name,
    url: row.url,
    isActive: row.is_active === 1,
    sealedSecret: row.secret,
    sealedCredentials: row.credentials,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toShownDestination(stored: StoredDestination): WebhookDestination {
  const { sealedSecret, sealedCredentials: _, createdBy: _by, ...shown } = stored
  return { ...shown, hasSecret: sealedSecret !== null }
}

export function destinationNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no webhook destination ${id}`)
}
