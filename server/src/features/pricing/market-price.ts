import type { ModelPrice } from '@pydantic/genai-prices'
import { marketVersion, type MarketRow } from './market-row.ts'
import type { BucketName, PriceBucket, PriceExplanation } from './price.ts'
import type { Shares } from './split-usage.ts'

/** Names of each share's price, the closest first: a share without its own pays that of its whole. */
const priceKeys: readonly (readonly [BucketName, readonly string[]])[] = [
  ['input', ['input_mtok']],
  ['cache_read', ['cache_read_mtok', 'input_mtok']],
  ['cache_write', ['cache_write_mtok', 'input_mtok']],
  ['output', ['output_mtok']],
  ['reasoning', ['output_reasoning_mtok', 'output_mtok']],
]

type Rate = Pick<PriceBucket, 'usdPerMillion' | 'tierAboveTokens'>

/**
 * Works out a price from a row of the market's list. Undefined when the row has no rate for a
 * share that holds tokens: it charges by another unit, such as seconds of sound.
 */
export function priceByRow(
  row: MarketRow,
  shares: Shares,
  at: number,
): PriceExplanation | undefined {
  const read = shares.input + shares.cache_read + shares.cache_write
  const buckets: PriceBucket[] = []
  for (const [bucket, keys] of priceKeys) {
    const tokens = shares[bucket]
    if (tokens === 0) continue
    const rate = findRate(row.prices, keys, read)
    if (rate === undefined) return undefined
    buckets.push({ bucket, tokens, ...rate, costUsd: (tokens * rate.usdPerMillion) / 1e6 })
  }
  const { requests_kcount: perThousand } = row.prices
  const requestUsd = typeof perThousand === 'number' ? perThousand / 1000 : undefined
  return {
    source: 'genai-prices',
    version: marketVersion,
    provider: row.provider,
    model: row.model,
    at,
    ...(row.validFrom === undefined ? {} : { validFrom: row.validFrom }),
    buckets,
    ...(requestUsd === undefined ? {} : { requestUsd }),
    costUsd: buckets.reduce((sum, { costUsd }) => sum + costUsd, requestUsd ?? 0),
  }
}

/** A tier's rate holds for all tokens of a call that reads more than the tier's start. */
function findRate(prices: ModelPrice, keys: readonly string[], read: number): Rate | undefined {
  // A row without any price is a model that its seller gives away.
  if (Object.keys(prices).length === 0) return { usdPerMillion: 0 }
  const price = keys.map((key) => prices[key]).find((value) => value !== undefined)
  if (price === undefined) return undefined
  if (typeof price === 'number') return { usdPerMillion: price }
  const tier = price.tiers
    .filter(({ start }) => read > start)
    .reduce((highest, next) => (next.start > highest.start ? next : highest), noTier)
  if (tier === noTier) return { usdPerMillion: price.base }
  return { usdPerMillion: tier.price, tierAboveTokens: tier.start }
}

const noTier = { start: -1, price: 0 }
