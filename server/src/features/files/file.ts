import { DomainError } from '../../platform/domain-error.ts'

/** What is known of a file besides its bytes. */
export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly originalName: string
  readonly mimeType: string
  /** Of the bytes themselves. */
  readonly sizeBytes: number
  readonly description: string | null
  readonly tags: readonly string[] | null
  /** Id of the user who sent it; null where that was nobody with an account. */
  readonly uploadedBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** With its bytes as base64; null where these were not asked for. */
export interface FileWithData extends StoredFile {
  readonly data: string | null
}

export function fileNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no file ${id}`)
}
