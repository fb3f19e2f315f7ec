/** Whole traces as text, written in the thread that reads the rows. */
import type { Trace, TraceWriter, TraceWriterReference } from '../../features/traces/index.ts'
import { spanToJson, toTraceSummary } from './wire.ts'

/**
 * TraceDetail: the summary with its spans inside.
 * @public loaded by name
 */
export const detailWriter: TraceWriter = {
  open: (trace) => `${JSON.stringify(toTraceSummary(trace)).slice(0, -1)},"spans":[`,
  span: (span, index) => (index === 0 ? '' : ',') + spanToJson(span),
  close: () => ']}',
}

/**
 * The part of an exported file that follows its `exported_at`.
 * @public loaded by name
 */
export const exportWriter: TraceWriter = {
  open: (trace: Trace) => `"trace":${JSON.stringify(toTraceSummary(trace))},"spans":[`,
  span: detailWriter.span,
  close: () => ']}',
}

function reference(name: string): TraceWriterReference {
  return { module: import.meta.url, name }
}

export const detailWriterReference = reference('detailWriter')
export const exportWriterReference = reference('exportWriter')
