/** A trace as a table. Pure. Source: beacon contract §1.3-16, RFC 4180. */
import {
  attributesOf,
  durationMs,
  type Span,
  type TraceWriter,
  type TraceWriterReference,
} from '../../features/traces/index.ts'

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
  open: () => toRow(columns),
  span: (span) => toRow(cellsOf(span).map(toCell)),
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

function toRow(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return quoted(JSON.stringify(value))
  return quoted(startsFormula.test(value) && !isNumeric(value) ? `'${value}` : value)
}

/** A spreadsheet would run such a cell; an apostrophe makes it text. */
const startsFormula = /^[=+\-@\t\r]/

function isNumeric(text: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
