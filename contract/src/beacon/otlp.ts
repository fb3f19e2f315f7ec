/** OpenTelemetry ingestion. Source: beacon contract §1.3-17 and Appendix B. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { guarded, withBody } from './errors.ts'
import { JsonObject } from './scalars.ts'

/**
 * Only the outermost shape is checked: missing or malformed pieces inside are skipped and counted
 * by the mapping, so that one odd span does not cost an exporter its whole batch.
 */
export const OtlpTraces = JsonObject.meta({
  id: 'OtlpTraces',
  type: 'object',
  description: 'ExportTraceServiceRequest in OTLP/HTTP JSON encoding: `resourceSpans[]`',
  additionalProperties: true,
})
export type OtlpTraces = z.infer<typeof OtlpTraces>

/** `partialSuccess` is an addition for standard exporters, present when spans were rejected. */
export const OtlpReport = z
  .object({
    accepted: z.int(),
    rejected: z.int(),
    partialSuccess: z.object({ rejectedSpans: z.string(), errorMessage: z.string() }).optional(),
  })
  .meta({ id: 'OtlpReport' })
export type OtlpReport = z.infer<typeof OtlpReport>

export const ingestOtlp = defineRoute({
  method: 'POST',
  path: '/v1/otlp/traces',
  summary: 'Store spans sent by an OpenTelemetry exporter',
  ref: 'beacon §1.1-17',
  access: 'ingest',
  body: OtlpTraces,
  reply: { 200: OtlpReport, ...guarded, ...withBody },
})
