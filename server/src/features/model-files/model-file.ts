/** A GGUF file on disk that a model can be loaded from. */
export interface ModelFile {
  /** `user/name`. */
  readonly repo: string
  readonly filename: string
  /** The commit that it belongs to. */
  readonly snapshot: string
  /** Absolute. */
  readonly path: string
  /** Of all parts; null where they cannot be read. */
  readonly sizeBytes: number | null
  /** Unix seconds. */
  readonly modifiedAt: number
  /** Whether the branch `main` is at this commit. */
  readonly isCurrent: boolean
}

/** What names a file; without a snapshot the one of `main`. */
export interface ModelFileRef {
  readonly repo: string
  readonly filename: string
  readonly snapshot?: string | null
}
