import type { RequestDefaults } from './request-defaults.ts'

/** One place that a router leads to. */
export interface AliasTarget {
  /** Another alias, a discovered model, or `connection/model`. */
  readonly model: string
  /** Its share where the strategy is `weighted`; 1 unless said otherwise. */
  readonly weight?: number
  /** Longest wait for the first byte of its answer. */
  readonly timeoutMs?: number
  readonly isEnabled: boolean
  /** The words of a client that tells the provider from the model. Source: bodhi contract B.3. */
  readonly said?: { readonly alias: string; readonly model: string }
}

/** What every alias may say of the answers to whoever asks for it by name. */
export interface AnswerOptions {
  /** How long an answer is given again to the same question; 0 and none: not at all. */
  readonly cacheSeconds?: number
  /** Of each token of a local model so many alternatives are noted; without it no tokens are. */
  readonly traceTokens?: number
}

export interface AliasOptions extends AnswerOptions {
  /** In order, or the first by chance and the others after it. */
  readonly strategy: 'fallback' | 'weighted'
  /** How long a target that failed is passed over while others remain; 0 and none: not at all. */
  readonly cooldownSeconds?: number
  /** How many targets one call tries; 0 and none: all. */
  readonly maxAttempts?: number
  /** A target that says when to come again is passed over until then, if that is later. */
  readonly honorsRetryAfter?: boolean
}

interface AliasFacts {
  readonly id: string
  readonly name: string
  readonly requestParams: RequestDefaults
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** A name for one or more other models. */
export interface RouterAlias extends AliasFacts {
  readonly kind: 'router'
  readonly targets: readonly AliasTarget[]
  readonly options: AliasOptions
}

/** How a file is loaded, in the form in which somebody said it. Source: bodhi contract §4.6. */
export type ContextParams = Readonly<Record<string, unknown>> | readonly string[]

/** A name for a model file on disk. */
export interface FileAlias extends AliasFacts {
  readonly kind: 'file'
  readonly repo: string
  readonly filename: string
  /** The commit. */
  readonly snapshot: string
  readonly contextParams: ContextParams
  readonly options: AnswerOptions
}

export type ModelAlias = RouterAlias | FileAlias

/** What a client says of a name for other models. */
export interface AliasInput {
  readonly targets: readonly AliasTarget[]
  readonly requestParams: RequestDefaults
  readonly options: AliasOptions
}

/** What a client says of a name for a file. */
export interface FileAliasInput {
  readonly alias: string
  readonly repo: string
  readonly filename: string
  /** A commit or a branch; `main` if not given. */
  readonly snapshot?: string | null
  readonly requestParams: RequestDefaults
  readonly contextParams: ContextParams
  readonly options: AnswerOptions
}

/** The places that an alias leads to; a file's name leads no further. */
export function targetsOf(alias: ModelAlias): readonly AliasTarget[] {
  return alias.kind === 'router' ? alias.targets : []
}
