/** A log's place in a collection. Times are Unix seconds. */
export interface Membership {
  readonly collectionId: number
  readonly requestId: string
  readonly addedAt: number
  /** How whoever added it is shown. */
  readonly addedBy: string | null
  readonly notes: string | null
  /**
   * Whoever added the log could read it only because it was public: should it become private, the
   * collection shows it to nobody, so that no collection outlives a link.
   */
  readonly needsPublic: boolean
}

/** A log as a collection shows it. */
export interface CollectedLog extends Omit<Membership, 'collectionId' | 'needsPublic'> {
  readonly createdAt: number
  readonly completedAt: number | null
  readonly model: string | null
  readonly finalText: string | null
}
