import type { TokenUsage } from './token-usage.ts'

/** Which list of prices is asked first: Beacon's own table, or the market's alone. */
export type PriceBook = 'beacon' | 'market'

export interface PriceQuery {
  /** As the caller or the dialect names it (`openai`, `azure`, `openai.chat` …); null if unknown. */
  readonly provider: string | null
  readonly model: string
  readonly usage: TokenUsage
  /** Unix seconds at which the call was made: prices change. */
  readonly at: number
  readonly book: PriceBook
}

/** Disjoint shares of a call's tokens; together they are its input and output. */
export type BucketName = 'input' | 'cache_read' | 'cache_write' | 'output' | 'reasoning'

export interface PriceBucket {
  readonly bucket: BucketName
  readonly tokens: number
  readonly usdPerMillion: number
  readonly costUsd: number
  /** The rate holds for calls that read more than this many tokens; absent where it is the base. */
  readonly tierAboveTokens?: number
}

/** How a price came about, complete enough to work it out again by hand. */
export interface PriceExplanation {
  readonly source: 'beacon-table' | 'genai-prices'
  /** Version of the list: its package version, or the contract's section. */
  readonly version: string
  /** The row that matched. */
  readonly provider: string
  readonly model: string
  /** Unix seconds for which the row was chosen. */
  readonly at: number
  /** First day of the row's prices, `YYYY-MM-DD`; absent where the list gives none. */
  readonly validFrom?: string
  /** Shares that hold tokens; a share of none is left out. */
  readonly buckets: readonly PriceBucket[]
  /** A fee for the call itself, beside its tokens; absent where the list knows none. */
  readonly requestUsd?: number
  /** The sum of the buckets and of the fee. */
  readonly costUsd: number
}

export type Price =
  | { readonly status: 'priced'; readonly costUsd: number; readonly explanation: PriceExplanation }
  | { readonly status: 'unknown'; readonly reason: 'unknown-model' | 'unknown-usage' }
