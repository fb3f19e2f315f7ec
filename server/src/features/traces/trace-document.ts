import { defineTask } from '../../platform/db/database.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import type { Reach } from './reach.ts'
import { pageOfSpans, type SpanPosition } from './span-store.ts'
import type { Span, Trace } from './span.ts'
import { findTrace } from './trace-store.ts'

/** How a surface writes a whole trace as text: `open`, then the spans, then `close`. */
export interface TraceWriter {
  open(trace: Trace): string
  /** One span; `index` counts from 0. */
  span(span: Span, index: number): string
  close(trace: Trace): string
}

/** Names an exported `TraceWriter`, so that it can be used in the thread that reads the rows. */
export interface TraceWriterReference {
  readonly module: string
  readonly name: string
}

export interface TraceDocumentInput {
  readonly traceId: string
  readonly reach: Reach
  readonly writer: TraceWriterReference
}

const spansPerPage = 500

/** A trace with all its spans as UTF-8 text in pieces; undefined when there is none. */
export const traceDocument = defineTask<TraceDocumentInput, Uint8Array[] | undefined>({
  module: import.meta.url,
  name: 'traceDocument',
  async run(tx, { traceId, reach, writer: reference }) {
    const trace = await findTrace(tx, traceId, reach)
    if (!trace) return undefined
    const writer = await loadExport<TraceWriter>(reference)
    const encoder = new TextEncoder()
    const chunks = [encoder.encode(writer.open(trace))]
    let after: SpanPosition | undefined
    let index = 0
    for (;;) {
      const spans = await pageOfSpans(tx, traceId, after, spansPerPage)
      const text = spans.map((span) => writer.span(span, index++)).join('')
      if (text !== '') chunks.push(encoder.encode(text))
      const last = spans.at(-1)
      if (!last || spans.length < spansPerPage) break
      after = { startTime: last.startTime, seq: last.seq }
    }
    chunks.push(encoder.encode(writer.close(trace)))
    return chunks
  },
})
