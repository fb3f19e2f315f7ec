import { createRequire } from 'node:module'
import type * as GenaiPrices from '@pydantic/genai-prices'
import type { ModelPrice, PriceCalculation } from '@pydantic/genai-prices'
import type { Offer } from './offers.ts'
import { sellerIds } from './seller.ts'

/** Version of the bundled list; a test holds it against the installed package. */
export const marketVersion = '0.1.8'

/** A model's prices at one moment. */
export interface MarketRow {
  readonly provider: string
  readonly model: string
  readonly prices: ModelPrice
  /** First day of these prices, where the list says it. */
  readonly validFrom: string | undefined
  /** Other moments may have other prices. */
  readonly isDated: boolean
}

const load = createRequire(import.meta.url)

/** These list models of others, or what a subscription includes. */
const resellers = new Set(['azure', 'github-copilot'])

/** The row for an offer at a moment (Unix seconds); only the package's bundled data are read. */
export function findMarketRow(offer: Offer, at: number): MarketRow | undefined {
  const timestamp = toDate(at)
  switch (offer.by) {
    case 'seller':
      return toRow(calculate(offer.model, timestamp, offer.seller))
    case 'maker':
      return toRow(calculate(offer.model, timestamp))
    case 'anyone':
      return findOnlyRow(offer.model, timestamp)
  }
}

function findOnlyRow(model: string, timestamp: Date): MarketRow | undefined {
  const rows = sellerIds
    .filter((id) => !resellers.has(id))
    .map((providerId) => toRow(calculate(model, timestamp, providerId)))
    .filter((row) => row !== undefined)
  return rows.length === 1 ? rows[0] : undefined
}

/** Dates end at 8.64e12 seconds; a time beyond is as good as its end. */
function toDate(at: number): Date {
  const bound = 8.64e12
  return new Date(Math.max(-bound, Math.min(bound, at)) * 1000)
}

function toRow(found: PriceCalculation | null): MarketRow | undefined {
  if (found === null) return undefined
  const { provider, model, model_price: prices } = found
  return {
    provider: provider.id,
    model: model.id,
    prices,
    validFrom: firstDayOf(found),
    isDated: Array.isArray(model.prices),
  }
}

function firstDayOf({ model, model_price: inForce }: PriceCalculation): string | undefined {
  if (!Array.isArray(model.prices)) return undefined
  const dated = model.prices.find(({ prices }) => prices === inForce)
  return dated?.constraint?.type === 'start_date' ? dated.constraint.start_date : undefined
}

/**
 * NOTE: the list takes 14 MB in each thread that holds it and most never price anything, so it is
 * loaded with the first look-up; by `require`, for prices are worked out in pure functions.
 */
function calculate(model: string, timestamp: Date, providerId?: string): PriceCalculation | null {
  const { calcPrice } = load('@pydantic/genai-prices') as typeof GenaiPrices
  return calcPrice({}, model, { timestamp, ...(providerId === undefined ? {} : { providerId }) })
}
