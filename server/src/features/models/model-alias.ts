import type { RequestDefaults } from './request-defaults.ts'

/** One place that an alias leads to. */
export interface AliasTarget {
  /** Another alias, or `connection/model`. */
  readonly model: string
  /** Its share where the strategy is `weighted`; 1 unless said otherwise. */
  readonly weight?: number
  /** Longest wait for the first byte of its answer. */
  readonly timeoutMs?: number
  readonly isEnabled: boolean
}

export interface AliasOptions {
  /** In order, or the first by chance and the others after it. */
  readonly strategy: 'fallback' | 'weighted'
  /** How long an answer is given again to the same question; 0 and none: not at all. */
  readonly cacheSeconds?: number
}

/** A name for one or more models. Local files will be another kind of it. */
export interface ModelAlias {
  readonly id: string
  readonly name: string
  readonly kind: 'router'
  readonly targets: readonly AliasTarget[]
  readonly requestParams: RequestDefaults
  readonly options: AliasOptions
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a client says of an alias. */
export interface AliasInput {
  readonly targets: readonly AliasTarget[]
  readonly requestParams: RequestDefaults
  readonly options: AliasOptions
}
