/** One run of a prompt, as lists and summaries show it. Times are Unix seconds. */
export interface ActivationRun {
  readonly requestId: string
  readonly createdAt: number
  /** As it was asked for, and as the service named it. */
  readonly modelId: string
  readonly hfModelId: string | null
  readonly promptChars: number
  readonly outputTokens: number
  readonly rowsCount: number
  readonly featuresCount: number
  readonly saeEnabled: boolean
  readonly saeId: string | null
  readonly saeLayer: number | null
  readonly durationMs: number
  readonly status: 'ok' | 'error'
  readonly errorMessage: string | null
  /** Feature ids, the strongest first; null when there are none. */
  readonly topFeatures: readonly number[] | null
}

/** What a run that went well left, to be stored. */
export interface RunPreview {
  readonly prompt: string
  readonly outputText: string
  readonly outputTokenIds: readonly number[]
  readonly saeTopK: number
  /** JSON in UTF-8. */
  readonly timeline: Uint8Array
}

/** One feature that fired at one token. */
export interface Activation {
  readonly position: number
  readonly tokenId: number
  readonly featureId: number
  readonly value: number
  /** From 1, among all features of the position. */
  readonly rank: number
}
