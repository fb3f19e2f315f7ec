import { findBeaconRow, findPrefixRow, type BeaconRow } from './beacon-rows.ts'
import type { Offer } from './offers.ts'
import type { BucketName, PriceBucket, PriceExplanation } from './price.ts'
import type { Shares } from './split-usage.ts'

export type NameMatch = 'exact-or-dated' | 'prefix'

/** The row of Beacon's list for an offer; offers of sellers that the list does not speak of have none. */
export function findBeaconOffer(offer: Offer, match: NameMatch): BeaconRow | undefined {
  if (offer.by === 'seller' && !isMaker(offer.seller)) return undefined
  if (match === 'prefix') return findPrefixRow(offer.model, /^[-@:_]/)
  return findBeaconRow(offer.model) ?? findPrefixRow(offer.model, version)
}

/** `-2024-08-06`, `-20250514`, `@20250514`, `-0613`, `-002`, `-latest`: the same model, dated. */
const version = /^(?:[-@]\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{3,4}|-latest)$/

function isMaker(seller: string): boolean {
  return seller === 'openai' || seller === 'anthropic' || seller === 'google'
}

/** Source: beacon contract §10.4. It knows two rates: what is cached or thought costs the same. */
export function priceByBeacon(row: BeaconRow, shares: Shares, at: number): PriceExplanation {
  const inputTokens = shares.input + shares.cache_read + shares.cache_write
  const outputTokens = shares.output + shares.reasoning
  return {
    source: 'beacon-table',
    version: 'beacon §10.4',
    provider: row.provider,
    model: row.model,
    at,
    buckets: [
      ...toBuckets(shares, ['input', 'cache_read', 'cache_write'], row.input),
      ...toBuckets(shares, ['output', 'reasoning'], row.output),
    ],
    costUsd: (inputTokens / 1e6) * row.input + (outputTokens / 1e6) * row.output,
  }
}

function toBuckets(
  shares: Shares,
  names: readonly BucketName[],
  usdPerMillion: number,
): PriceBucket[] {
  return names
    .map((bucket) => ({ bucket, tokens: shares[bucket], usdPerMillion }))
    .filter(({ tokens }) => tokens > 0)
    .map((share) => ({ ...share, costUsd: (share.tokens / 1e6) * usdPerMillion }))
}
