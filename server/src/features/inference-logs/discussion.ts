/** One comment on a log. Times are Unix seconds. */
export interface Discussion {
  readonly id: number
  readonly requestId: string
  /** As its author chose to be called; proves nothing. */
  readonly username: string
  readonly comment: string
  /** Who wrote it (`identityOf`); never shown. */
  readonly author: string
  readonly createdAt: number
  readonly updatedAt: number
}
