import { createPricer, type Price, type PriceQuery } from '../../pricing/index.ts'
import type { Span } from '../span.ts'
import { exchangeUsage, type TraceHead } from '../trace-head.ts'
import { needsPrice } from '../usage.ts'
import { findRepeating, type LinkedSpan } from './nesting.ts'

/** A span without its texts: what prices, totals and nesting depend on. */
export type UsageSpan = Pick<
  Span,
  | 'seq'
  | 'spanId'
  | 'traceId'
  | 'parentSpanId'
  | 'spanType'
  | 'startTime'
  | 'costUsd'
  | 'totalTokens'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'provider'
  | 'model'
  | 'computedCostUsd'
  | 'isUnpriced'
  | 'mappingVersion'
  | 'countsUsage'
>

/** A span with the outcome of its pricing. */
export interface Repriced {
  readonly span: UsageSpan
  readonly priceJson: string | null
}

/** What changes: spans, and the totals of traces by what each span counted and counts now. */
export interface UsagePlan<S> {
  readonly spans: readonly S[]
  readonly traces: readonly TraceHead[]
}

/**
 * Gives each span the price of today's lists. Only spans whose client said no cost may be given;
 * one of a model that no list knows stays without.
 */
export function planPrices(
  traces: readonly TraceHead[],
  spans: readonly UsageSpan[],
): UsagePlan<Repriced> {
  const pricer = createPricer()
  const repriced = spans.map((span) => reprice(span, pricer))
  const changes = repriced.map(({ span }, index) => ({ before: spans[index] ?? span, after: span }))
  return { spans: repriced, traces: recount(traces, changes) }
}

/** A span among all those of its trace: as little as nesting must know of it. */
export interface NestedSpan extends LinkedSpan {
  readonly seq: number
  readonly traceId: string
  readonly countsUsage: boolean
}

/** Of all spans of some traces those that count and should not, or the other way round. */
export function findMiscounted(spans: readonly NestedSpan[]): NestedSpan[] {
  const traces = Map.groupBy(spans, ({ traceId }) => traceId)
  return [...traces.values()].flatMap((ofTrace) => {
    const repeating = findRepeating(ofTrace)
    return ofTrace.filter(({ spanId, countsUsage }) => countsUsage === repeating.has(spanId))
  })
}

/** Lets spans count that did not, and no longer those that did. */
export function planCounting(
  traces: readonly TraceHead[],
  miscounted: readonly UsageSpan[],
): UsagePlan<UsageSpan> {
  const spans = miscounted.map((span) => ({ ...span, countsUsage: !span.countsUsage }))
  const changes = spans.map((after, index) => ({ before: miscounted[index] ?? after, after }))
  return { spans, traces: recount(traces, changes) }
}

/** The traces with what spans count now in place of what they counted. */
function recount(
  traces: readonly TraceHead[],
  changes: readonly { readonly before: UsageSpan; readonly after: UsageSpan }[],
): TraceHead[] {
  const heads = new Map(traces.map((head) => [head.traceId, head]))
  for (const { before, after } of changes) {
    const head = heads.get(before.traceId)
    if (!head) throw new Error(`The plan lacks trace ${before.traceId}`)
    heads.set(before.traceId, exchangeUsage(head, before, after))
  }
  return [...heads.values()]
}

function reprice(span: UsageSpan, pricer: Pricer): Repriced {
  const price = priceOf(span, pricer)
  const isPriced = price?.status === 'priced'
  const computedCostUsd = isPriced ? price.costUsd : null
  return {
    span: { ...span, computedCostUsd, isUnpriced: false },
    priceJson: isPriced ? JSON.stringify(price.explanation) : null,
  }
}

type Pricer = (query: PriceQuery) => Price

function priceOf(span: UsageSpan, pricer: Pricer): Price | undefined {
  const { provider, model, startTime: at } = span
  if (model === null || !needsPrice(span)) return undefined
  return pricer({ provider, model, usage: span, at, book: 'market' })
}
