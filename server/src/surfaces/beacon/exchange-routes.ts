import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { csvMedia } from '@pharos/contract/beacon/traces.ts'
import { importTrace } from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { importDecoder } from './decode-import.ts'
import { decodeBody } from './decoding.ts'
import { serve, type BeaconPowers } from './door.ts'
import { exportAsJson, exportAsText, exportMany, traceIdsOf } from './exports.ts'

/** Traces as files, out and in. */
export function exchangeRoutes(powers: BeaconPowers) {
  const { clock, workroom } = powers
  return [
    serve(beaconRoutes.exportTraces, async ({ query, caller }) => {
      if ((query.format ?? 'json') !== 'json') {
        throw new DomainError('precondition', 'Bulk export only supports JSON format')
      }
      const ids = traceIdsOf(query.trace_ids)
      if (ids.length === 0) {
        const detail = 'Provide trace_ids query parameter (comma-separated)'
        return { status: 422, body: { detail } }
      }
      const exported = await exportMany({ ...powers, caller }, ids, clock.nowSeconds())
      return { status: 200, json: exported }
    }),
    serve(
      beaconRoutes.importTrace,
      async ({ rawBody, caller }) => {
        const { trace, spans } = await decodeBody(workroom, rawBody, importDecoder)
        const span_count = await importTrace({ ...powers, caller }, trace, spans)
        return { status: 200, body: { trace_id: trace.traceId, span_count } }
      },
      { rawBody: true },
    ),
    serve(beaconRoutes.exportTrace, async ({ params, query, caller }) => {
      const ctx = { ...powers, caller }
      const { trace_id } = params
      const format = query.format ?? 'json'
      if (format === 'json') {
        return { status: 200, json: await exportAsJson(ctx, trace_id, clock.nowSeconds()) }
      }
      const document = await exportAsText(ctx, trace_id, format)
      return format === 'otel'
        ? { status: 200, json: document.chunks, headers: document.headers }
        : { status: 200, text: document.chunks, contentType: csvMedia, headers: document.headers }
    }),
  ]
}
