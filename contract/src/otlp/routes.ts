/** Standard OTLP/HTTP. Source: the OTLP specification 1.x, section OTLP/HTTP; rulings §12. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'

export const protobufMedia = 'application/x-protobuf'

/** Malformed pieces inside are skipped and counted, so only the outermost shape is told. */
export const ExportTraceRequest = z.record(z.string(), z.unknown()).meta({
  id: 'ExportTraceServiceRequest',
  type: 'object',
  description: '`resourceSpans[]` as OTLP has it; the body may be compressed by gzip or deflate',
  additionalProperties: true,
})

export const ExportTraceReply = z
  .object({
    partialSuccess: z
      .object({ rejectedSpans: z.string(), errorMessage: z.string() })
      .optional()
      .meta({ description: 'Only there when spans were rejected; the others were stored' }),
  })
  .meta({
    id: 'ExportTraceServiceResponse',
    description: 'In the encoding of the request',
  })
export type ExportTraceReply = z.infer<typeof ExportTraceReply>

/** `code` is that of gRPC. */
export const RpcStatus = z
  .object({ code: z.int(), message: z.string() })
  .meta({ id: 'RpcStatus', description: 'A google.rpc.Status, in the encoding of the request' })
export type RpcStatus = z.infer<typeof RpcStatus>

const refusal = { json: RpcStatus, media: protobufMedia }

const delivery = {
  method: 'POST',
  access: 'ingest',
  body: ExportTraceRequest,
  bodyMedia: protobufMedia,
  reply: {
    200: { json: ExportTraceReply, media: protobufMedia },
    400: refusal,
    401: refusal,
    403: refusal,
    413: refusal,
    415: refusal,
    429: refusal,
    500: refusal,
    503: refusal,
  },
} as const

export const otlpRoutes = {
  exportTraces: defineRoute({
    ...delivery,
    path: '/v1/traces',
    summary: 'Store spans sent by a stock OpenTelemetry exporter',
  }),
  /** Where `@langfuse/otel` delivers when it is given a base URL alone. */
  exportLangfuseTraces: defineRoute({
    ...delivery,
    path: '/api/public/otel/v1/traces',
    summary:
      'The same for Langfuse clients; the secret key they send as a password may be an API key',
  }),
} as const
