/** One inference request of an engine, as lists show it. */
export interface InferenceLog {
  /** Order of first arrival. */
  readonly seq: number
  readonly requestId: string
  readonly spanId: string
  readonly traceId: string
  /** Unix seconds, as all times here. */
  readonly createdAt: number
  readonly completedAt: number | null
  /** Without any key. */
  readonly model: string | null
  readonly modName: string | null
  readonly status: 'ok' | 'error' | 'unset'
  /** Keyed fingerprint of the key it came with, by which rows are found. */
  readonly ownerKey: string | null
  /** That key, sealed; `openOwner` opens it for an admin. */
  readonly sealedOwner: string | null
  readonly finalText: string | null
  /** Different numbers of steps among its events. */
  readonly totalSteps: number
  readonly favoritedBy: readonly string[]
  readonly tags: readonly string[]
  readonly isPublic: boolean
  /** Grows with every change of the row or its document. */
  readonly revision: number
}

/** A row of the list: the log and how much was said about it. */
export interface ListedLog extends InferenceLog {
  readonly discussionCount: number
}

/**
 * What every permitted reader of a log sees alike: the text of a JSON object, to be spliced into a
 * reply without being parsed. It holds all members of a log's reply but those that the row knows:
 * `request_id`, `created_ts`, `user_api_key`, `is_public`, `public_token`, `favorited_by`, `tags`
 * and `discussion_count`. It is never `{}`.
 */
export type LogDocument = string
