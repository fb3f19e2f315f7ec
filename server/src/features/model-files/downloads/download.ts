import { DomainError } from '../../../platform/domain-error.ts'

/** The name that a file is to have once it is there, in the terms of whoever makes such names. */
export interface PlannedAlias {
  readonly alias: string
  readonly requestParams: Readonly<Record<string, unknown>>
  readonly contextParams: Readonly<Record<string, unknown>> | readonly string[]
}

/**
 * A file that was asked for from a hub.
 *
 *     pending → completed | error;  error → pending (tried again)
 *
 * What was cancelled is an error with the code `cancelled`. A completed download may carry an error
 * too: its file is there, its name could not be made.
 */
export interface Download {
  readonly id: string
  readonly repo: string
  readonly filename: string
  /** Branch, tag or commit. */
  readonly revision: string
  readonly status: 'pending' | 'completed' | 'error'
  readonly error: string | null
  /** The contract's code of the error. */
  readonly errorCode: string | null
  /** Of all parts; null until the hub has told. */
  readonly totalBytes: number | null
  readonly downloadedBytes: number
  /** Over the last seconds, while this process is at it; else null. */
  readonly bytesPerSecond: number | null
  /** The commit that the revision stood for; null until the hub has told. */
  readonly snapshot: string | null
  readonly alias: PlannedAlias | null
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly startedAt: number | null
  readonly archivedAt: number | null
}

export function downloadNotFound(id: string): DomainError {
  const details = { code: 'item_not_found', id, item_type: 'download' }
  return new DomainError('not-found', `There is no download ${id}`, { details })
}

/** Why a download in its state cannot be changed so. */
export function wrongState(code: string, message: string): DomainError {
  const details = { code: `download_service_error-${code}` }
  return new DomainError('precondition', message, { details })
}
