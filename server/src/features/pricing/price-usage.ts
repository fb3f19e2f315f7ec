import { priceByBeacon } from './beacon-price.ts'
import { findTariff, type Tariff } from './find-tariff.ts'
import { priceByRow } from './market-price.ts'
import type { Price, PriceQuery } from './price.ts'
import { splitUsage } from './split-usage.ts'

/**
 * What a call cost in USD, with its arithmetic, or why that is unknown. Pure: the lists are data
 * of this version, nothing is fetched. For many calls take `createPricer`.
 */
export function priceUsage(query: PriceQuery): Price {
  return priceBy(findTariff, query)
}

/** As many rows as a team's models need by far; beyond that all are looked up anew. */
const maxRemembered = 500

/** Prices a call; made by `createPricer`. */
export type Pricer = (query: PriceQuery) => Price

/**
 * `priceUsage` that looks each model up once. Rows whose prices change by date or hour are looked
 * up each time, so it may be kept as long as the process.
 */
export function createPricer(): Pricer {
  const remembered = new Map<string, Tariff | undefined>()
  const find = (query: PriceQuery): Tariff | undefined => {
    const key = JSON.stringify([query.book, query.provider, query.model])
    if (remembered.has(key)) return remembered.get(key)
    const tariff = findTariff(query)
    if (tariff?.list === 'genai-prices' && tariff.row.isDated) return tariff
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(key, tariff)
    return tariff
  }
  return (query) => priceBy(find, query)
}

function priceBy(find: (query: PriceQuery) => Tariff | undefined, query: PriceQuery): Price {
  const shares = splitUsage(query.usage)
  if (shares === undefined) return { status: 'unknown', reason: 'unknown-usage' }
  const tariff = find(query)
  if (tariff === undefined) return { status: 'unknown', reason: 'unknown-model' }
  const explanation =
    tariff.list === 'beacon-table'
      ? priceByBeacon(tariff.row, shares, query.at)
      : priceByRow(tariff.row, shares, query.at)
  if (explanation === undefined) return { status: 'unknown', reason: 'unknown-model' }
  return { status: 'priced', costUsd: explanation.costUsd, explanation }
}
