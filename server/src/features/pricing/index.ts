export { beaconModels, beaconProviderOf } from './beacon-rows.ts'
export type { Price, PriceBook, PriceExplanation, PriceQuery } from './price.ts'
export { createPricer, priceUsage, type Pricer } from './price-usage.ts'
export { unknownUsage, type TokenUsage } from './token-usage.ts'
