/** A trace as an OTLP/HTTP JSON document. Pure. Source: beacon contract §1.3-16, Appendix B. */
import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { attributesOf } from '../shown-attributes.ts'
import type { Span, Trace } from '../span.ts'
import type { TraceWriter, TraceWriterReference } from '../trace-document.ts'
import { exactNanos } from './times.ts'
import { toKeyValues } from './values.ts'

/** Pretty-printed with two spaces; each span is written by itself and moved to its place. */
export const otlpWriter: TraceWriter = {
  open: (trace) => frameOf(trace).head,
  span: (span, index) => {
    const lines = JSON.stringify(toOtlpSpan(span), null, 2).split('\n')
    return (index === 0 ? '' : ',') + lines.map((line) => `\n${spanIndent}${line}`).join('')
  },
  close: (trace) => (trace.spanCount === 0 ? '' : `\n${listIndent}`) + frameOf(trace).tail,
}

export const otlpWriterReference: TraceWriterReference = {
  module: import.meta.url,
  name: 'otlpWriter',
}

const listIndent = ' '.repeat(10)
const spanIndent = ' '.repeat(12)
const statusCodes: Readonly<Record<SpanStatus, number>> = { unset: 0, ok: 1, error: 2 }

/** The document around the spans. Quotes inside texts are escaped, so the mark occurs only once. */
function frameOf(trace: Trace): { head: string; tail: string } {
  const attributes = toKeyValues([
    ['service.name', 'beacon'],
    ['trace.name', trace.name],
  ])
  const scopeSpans = [{ scope: { name: 'beacon', version: '0.1.0' }, spans: [] }]
  const document = { resourceSpans: [{ resource: { attributes }, scopeSpans }] }
  const text = JSON.stringify(document, null, 2)
  const mark = '"spans": ['
  const at = text.indexOf(mark) + mark.length
  return { head: text.slice(0, at), tail: text.slice(at) }
}

function toOtlpSpan(span: Span): JsonObject {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId ? { parentSpanId: span.parentSpanId } : {}),
    name: span.name,
    kind: 1,
    startTimeUnixNano: exactNanos(span.startTime, span.startNanosRest),
    endTimeUnixNano: span.endTime === null ? '0' : exactNanos(span.endTime, span.endNanosRest),
    attributes: toKeyValues(entriesOf(span)),
    status: { code: statusCodes[span.status] },
  }
}

/**
 * The span's type and error stand among its attributes and win over other attributes of the same
 * name, since OTLP wants each key once.
 */
function entriesOf(span: Span): [string, unknown][] {
  const { spanType, errorMessage } = span
  const others = Object.entries(attributesOf(span)).filter(
    ([key]) => key !== 'span_type' && !(key === 'error.message' && errorMessage !== null),
  )
  const error: [string, unknown][] = errorMessage === null ? [] : [['error.message', errorMessage]]
  return [['span_type', spanType], ...others, ...error]
}
