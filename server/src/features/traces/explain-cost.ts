import type { Uses } from '../identity/index.ts'
import { priceUsage, type PriceExplanation, type TokenUsage } from '../pricing/index.ts'
import { getSpan } from './get-span.ts'
import type { Span } from './span.ts'

/** Where the cost of a span comes from. */
export type CostOrigin =
  /** What whoever sent the span says. */
  | { readonly source: 'client'; readonly costUsd: number; readonly price: null }
  | { readonly source: 'computed'; readonly costUsd: number; readonly price: PriceExplanation }
  | {
      readonly source: 'unknown'
      readonly costUsd: null
      readonly price: null
      readonly reason: 'not-a-model-call' | 'unknown-model' | 'unknown-usage' | 'not-priced-yet'
    }

export interface SpanCost {
  readonly spanId: string
  readonly origin: CostOrigin
  readonly usage: TokenUsage
  readonly totalTokens: number | null
  readonly countsInTrace: boolean
}

/** Throws `not-found` when there is no such span within the caller's reach. */
export async function explainCost(ctx: Uses<'db' | 'caller'>, spanId: string): Promise<SpanCost> {
  const span = await getSpan(ctx, spanId)
  return {
    spanId: span.spanId,
    origin: originOf(span),
    usage: span,
    totalTokens: span.totalTokens,
    countsInTrace: span.countsUsage,
  }
}

/** A cost that the server gave one of its own spans is as computed as one it worked out later. */
function originOf(span: Span): CostOrigin {
  const costUsd = span.costUsd ?? span.computedCostUsd
  if (costUsd === null) return { source: 'unknown', costUsd, price: null, reason: reasonOf(span) }
  if (span.priceJson === null) return { source: 'client', costUsd, price: null }
  return { source: 'computed', costUsd, price: parsePrice(span.priceJson) }
}

/** Our own column: only `newSpan` and pricing write it. */
function parsePrice(json: string): PriceExplanation {
  const price: unknown = JSON.parse(json)
  return price as PriceExplanation
}

function reasonOf(span: Span): Extract<CostOrigin, { source: 'unknown' }>['reason'] {
  const { spanType, provider, model, startTime: at } = span
  if (spanType !== 'llm_call') return 'not-a-model-call'
  if (model === null) return 'unknown-model'
  const price = priceUsage({ provider, model, usage: span, at, book: 'market' })
  return price.status === 'unknown' ? price.reason : 'not-priced-yet'
}
