import { unsettled, type NewSpan, type Settled, type Span } from './span.ts'
import type { PlannedSpan } from './trace-head.ts'
import { isPricedAlike, type Usage } from './usage.ts'

/** A stored span that was sent again: what it was at first stays, all else is as it is sent now. */
export function resend(before: PlannedSpan, span: NewSpan): PlannedSpan {
  const { seq, createdAt, annotationsJson } = before
  const { traceId, parentSpanId, spanType, name, startTime, startNanosRest, sdkLanguage } = before
  const first = { traceId, parentSpanId, spanType, name, startTime, startNanosRest, sdkLanguage }
  const after = { ...span, ...first, seq, createdAt, annotationsJson }
  return { ...after, ...settledAgain(before, after) }
}

/** What other rules make of a span's attributes. */
export type Meaning = Usage & Pick<Span, 'spanType' | 'mappedJson' | 'mappingVersion'>

/** A stored span of which other rules derive something else. */
export function reinterpret(before: PlannedSpan, meaning: Meaning): PlannedSpan {
  const { priceJson } = meaning.costUsd === null ? { priceJson: null } : before
  const after = { ...before, ...meaning, priceJson }
  return { ...after, ...settledAgain(before, after) }
}

/** What was worked out stays as long as it would come out the same. */
function settledAgain(
  before: PlannedSpan,
  after: Omit<PlannedSpan, keyof Settled>,
): Settled & Pick<Span, 'priceJson'> {
  const { computedCostUsd, isUnpriced, countsUsage, priceJson } = before
  const isAlike = before.spanType === after.spanType && isPricedAlike(before, after)
  if (after.costUsd === null && isAlike) {
    return { computedCostUsd, isUnpriced, countsUsage, priceJson }
  }
  return { ...unsettled(after), countsUsage, priceJson: after.priceJson }
}
