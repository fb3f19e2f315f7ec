import type { TraceWriter } from '../../src/features/traces/index.ts'

/**
 * Writes a trace as a JSON list of what tests look at.
 * @public loaded by name
 */
export const sampleWriter: TraceWriter = {
  open: ({ traceId, spanCount }) => `[${JSON.stringify([traceId, spanCount])}`,
  span: ({ spanId, attributesJson }, index) =>
    `,[${index},${JSON.stringify(spanId)},${attributesJson}]`,
  close: ({ status }) => `,${JSON.stringify(status)}]`,
}

/** @public loaded by name */
export const sampleWriterReference = { module: import.meta.url, name: 'sampleWriter' }
