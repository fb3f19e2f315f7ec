import type { Connection } from './connection.ts'
import type { AliasOptions, AliasTarget } from './model-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

/** One place to try. */
export interface ModelTarget {
  readonly connection: Connection
  /** As the provider names it; `user/repo:quant` for what runs here. */
  readonly model: string
  /** Longest wait for the first byte of its answer, instead of the usual one. */
  readonly firstByteMs?: number
  /** Of all aliases on the way to it, the outer ones before the inner. */
  readonly defaults: RequestDefaults
  /** In the words of the router that was asked for. */
  readonly said?: NonNullable<AliasTarget['said']>
}

/** How long targets that fail are passed over. */
export interface Cooldown {
  readonly seconds: number
  /** A target that says when to come again is passed over until then, if that is later. */
  readonly honorsRetryAfter: boolean
}

/** What a model's name stands for at the moment. */
export interface ResolvedModel {
  readonly asked: string
  /** The name again where it is an alias. */
  readonly alias: string | null
  /** In the order to be tried, chance already taken; never empty. */
  readonly targets: readonly [ModelTarget, ...ModelTarget[]]
  /** Of the alias that was asked for, as are the two below; null where answers are not kept. */
  readonly cacheSeconds: number | null
  /** With how many alternatives tokens of local models are noted; null where they are not. */
  readonly traceTokens: number | null
  /** Of a router; null for what leads to one model. */
  readonly strategy: AliasOptions['strategy'] | null
  /** Null where targets that fail are tried again at once. */
  readonly cooldown: Cooldown | null
  /** When that alias was last saved, in Unix seconds; null where it is none. */
  readonly aliasSavedAt: number | null
}
