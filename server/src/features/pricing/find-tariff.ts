import { findBeaconOffer, type NameMatch } from './beacon-price.ts'
import type { BeaconRow } from './beacon-rows.ts'
import { findMarketRow, type MarketRow } from './market-row.ts'
import { offersOf } from './offers.ts'
import type { PriceQuery } from './price.ts'

/** The row of a price list by which a call is charged. */
export type Tariff =
  | { readonly list: 'beacon-table'; readonly row: BeaconRow }
  | { readonly list: 'genai-prices'; readonly row: MarketRow }

/**
 * Book `beacon` asks Beacon's table for the exact name and for a dated form of it, then the
 * market's list, then the table's longest prefix. Source: beacon contract §10.4, rulings §10.
 */
export function findTariff({ provider, model, at, book }: PriceQuery): Tariff | undefined {
  const offers = offersOf(provider, model)
  const inTable = (match: NameMatch): Tariff | undefined => {
    const row = firstOf(offers, (offer) => findBeaconOffer(offer, match))
    return row && { list: 'beacon-table', row }
  }
  const onMarket = (): Tariff | undefined => {
    const row = firstOf(offers, (offer) => findMarketRow(offer, at))
    return row && { list: 'genai-prices', row }
  }
  if (book === 'market') return onMarket()
  return inTable('exact-or-dated') ?? onMarket() ?? inTable('prefix')
}

function firstOf<O, T>(offers: readonly O[], find: (offer: O) => T | undefined): T | undefined {
  for (const offer of offers) {
    const found = find(offer)
    if (found !== undefined) return found
  }
  return undefined
}
