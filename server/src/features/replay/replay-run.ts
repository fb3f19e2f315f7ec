/** One stored replay; the JSON texts are given out as they are stored (beacon contract §4). */
export interface ReplayRun {
  readonly replayId: string
  readonly originalSpanId: string
  /** The trace of the original span. */
  readonly traceId: string
  /** The span that recorded the new call; null for replays of an imported Beacon database. */
  readonly replaySpanId: string | null
  /** The attributes that were asked to be other than the span's. */
  readonly modifiedInputJson: string
  readonly newOutputJson: string
  readonly diffJson: string
  /** Unix seconds. */
  readonly createdAt: number
}

/** What the new call said and took, in the words of a span's attributes. */
export interface ReplayOutput {
  readonly 'llm.completion': string
  readonly 'llm.tokens.input': number
  readonly 'llm.tokens.output': number
  readonly 'llm.cost_usd': number
}

export interface CompletionChange {
  readonly old_completion: string
  readonly new_completion: string
  readonly changed: boolean
}
