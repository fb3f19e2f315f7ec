/** A trace as a table. Pure. Source: beacon contract §1.3-16. */
import {
  attributesOf,
  durationMs,
  type Span,
  type TraceWriter,
  type TraceWriterReference,
} from '../../features/traces/index.ts'
import { toCsvRow } from '../../platform/csv.ts'

const columns = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'name',
  'span_type',
  'start_time',
  'end_time',
  'duration_ms',
  'status',
  'cost',
  'tokens',
]

/** A header row, then one row per span. */
export const csvWriter: TraceWriter = {
  open: () => toCsvRow(columns),
  span: (span) => toCsvRow(cellsOf(span)),
  close: () => '',
}

export const csvWriterReference: TraceWriterReference = {
  module: import.meta.url,
  name: 'csvWriter',
}

/** The part of an attachment's name that tells the trace: safe in a header and in any folder. */
export function downloadName(traceId: string): string {
  const characters = Array.from(traceId.slice(0, 16)).slice(0, 8)
  return characters.map((sign) => (/^[\w.-]$/.test(sign) ? sign : '_')).join('')
}

/** Cost and tokens are the attributes as they are shown, whatever the type of the span. */
function cellsOf(span: Span): unknown[] {
  const shown = attributesOf(span)
  return [
    span.traceId,
    span.spanId,
    span.parentSpanId,
    span.name,
    span.spanType,
    span.startTime,
    span.endTime,
    durationMs(span.startTime, span.endTime),
    span.status,
    shown['llm.cost_usd'],
    shown['llm.tokens.total'],
  ]
}
