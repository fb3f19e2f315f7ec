import type { SpanInput } from '../span.ts'
import type { FoundSpan } from './found-span.ts'
import { fromOtlpSpan, type OtlpForm, type Refusal } from './from-otlp-span.ts'

/** What came of a request's spans; `S` holds those that were taken. */
export interface OtlpSpans<S> {
  readonly spans: S
  readonly rejected: number
  /** Each kind of fault once. */
  readonly reasons: readonly string[]
}

/**
 * Each span takes a copy of what its resource and scope say, so a request could grow without
 * bound; past this many characters the rest of its spans is rejected.
 */
const maxInheritedLength = 256 * 1024 * 1024

/**
 * Spans out of a request, one after the other, so that of each only what `toSpan` makes of it
 * stays in memory. Never throws by itself: a span whose ids or times cannot be read is rejected
 * and counted, any smaller piece that is malformed is left out of its span. Attributes keep their
 * names and order; what OTLP says beside them follows under `otel.resource.*`, `otel.scope.*` and
 * `otel.*`, unless the span has an attribute of that name itself.
 * Source: beacon contract Appendix B and §13.2, rulings §12.
 */
export function fromOtlp<S>(
  found: Iterable<FoundSpan | Refusal>,
  form: OtlpForm,
  toSpan: (span: SpanInput) => S,
): OtlpSpans<S[]> {
  const spans: S[] = []
  const reasons = new Set<string>()
  let rejected = 0
  for (const outcome of outcomesOf(found, form)) {
    if (typeof outcome === 'string') {
      rejected += 1
      reasons.add(outcome)
    } else if (outcome !== undefined) spans.push(toSpan(outcome))
  }
  return { spans, rejected, reasons: [...reasons] }
}

function* outcomesOf(
  found: Iterable<FoundSpan | Refusal>,
  form: OtlpForm,
): Generator<SpanInput | Refusal | undefined> {
  let inheritedLength = 0
  for (const one of found) {
    if (typeof one === 'string') {
      yield one
      continue
    }
    inheritedLength += one.origin.length
    yield inheritedLength > maxInheritedLength
      ? 'resource and scope attributes are too large for so many spans'
      : fromOtlpSpan(one.span, one.origin, form)
  }
}
