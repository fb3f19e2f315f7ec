/** How a model is loaded, as far as somebody said; the engine chooses the rest. */
export interface LoadOptions {
  /** Tokens that one sequence can see. */
  readonly contextSize?: number
  /** Sequences that run side by side, each with a context of its own. */
  readonly parallel?: number
  readonly threads?: number
  readonly batchSize?: number
  /** For requests that bring none. */
  readonly seed?: number
  /** The most tokens of an answer, for requests that do not say. */
  readonly maxTokens?: number
  readonly flashAttention?: boolean
  readonly keepInMemory?: boolean
  readonly mapsFile?: boolean
  /** Jinja text in place of the file's own. */
  readonly chatTemplate?: string
}

/** What is to be loaded. Two plans that say the same share one loaded model. */
export interface LoadPlan {
  /** For messages: `user/repo:quant`. */
  readonly name: string
  /** Absolute path of the GGUF file, of its first part where there are several. */
  readonly path: string
  /** Of all parts; null where they cannot be read. */
  readonly sizeBytes: number | null
  readonly options: LoadOptions
}
