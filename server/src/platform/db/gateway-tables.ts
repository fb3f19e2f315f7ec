/** Tables that calls to models by their names need; for columns' conventions see `Schema`. */

/** What a key with limits has used in a stretch of time; rows of stretches long over go. */
export interface KeyCountersTable {
  /** The three below as one text. */
  id: string
  key_id: string
  /** `minute`, `day`, `month` or `total`, by UTC. */
  period: string
  /** 0 for the total. */
  started_at: number
  requests: number
  tokens: number
  /** As a double-double: rounded sum and the remainder it lost. */
  cost_usd: number
  cost_remainder: number
}

/** Complete replies of models, each for whoever asks for exactly the same again. */
export interface ResponseCacheTable {
  /** SHA-256 in hex over who asked and what was asked. */
  key: string
  kept_at: number
  expires_at: number
  /** Bytes of the value. */
  size: number
  /** JSON. */
  value: string
}

/** One row: the sizes of all kept replies added up. */
export interface ResponseCacheSizeTable {
  id: number
  bytes: number
}
