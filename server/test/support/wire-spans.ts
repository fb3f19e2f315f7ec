import type { SpanCreate } from '@pharos/contract/beacon/spans.ts'

/** A finished span on the wire, with these fields changed. */
export function wireSpan(fields: Partial<SpanCreate> = {}): SpanCreate {
  return {
    span_id: crypto.randomUUID(),
    trace_id: crypto.randomUUID(),
    parent_span_id: null,
    span_type: 'custom',
    name: 'step',
    status: 'ok',
    error_message: null,
    start_time: 1_700_000_000.25,
    end_time: 1_700_000_001,
    attributes: {},
    sdk_language: 'python',
    ...fields,
  }
}

/** Several spans of one trace, one second apart, whose first is the root. */
export function wireTrace(traceId: string, count: number): SpanCreate[] {
  return Array.from({ length: count }, (_, index) =>
    wireSpan({
      span_id: `${traceId}-${index}`,
      trace_id: traceId,
      parent_span_id: index === 0 ? null : `${traceId}-0`,
      name: `step ${index}`,
      start_time: 1_700_000_000 + index,
      end_time: 1_700_000_000.5 + index,
    }),
  )
}
