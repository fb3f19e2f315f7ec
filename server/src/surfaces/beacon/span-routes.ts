import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import {
  getSpan,
  ingestSpans,
  listPromptVersions,
  replaceAnnotations,
  savePromptVersion,
} from '../../features/traces/index.ts'
import { otlpDecoder } from './decode-otlp.ts'
import { spansDecoder } from './decode-spans.ts'
import { decodeBody } from './decoding.ts'
import { serve, type BeaconPowers } from './door.ts'
import { fromAnnotation, spanToJson, toAnnotation, toOtlpReport, toPromptVersion } from './wire.ts'

export function spanRoutes(powers: BeaconPowers) {
  const { workroom } = powers
  return [
    serve(
      beaconRoutes.ingestSpans,
      async ({ rawBody, caller }) => {
        const size = rawBody.byteLength
        const spans = await decodeBody(workroom, rawBody, spansDecoder)
        return { status: 200, body: await ingestSpans({ ...powers, caller }, spans, size) }
      },
      { rawBody: true },
    ),
    serve(
      beaconRoutes.ingestOtlp,
      async ({ rawBody, caller }) => {
        const size = rawBody.byteLength
        const { spans, rejected, reasons } = await decodeBody(workroom, rawBody, otlpDecoder)
        const report = await ingestSpans({ ...powers, caller }, spans, size)
        return { status: 200, body: toOtlpReport(report, rejected, reasons) }
      },
      { rawBody: true },
    ),
    serve(beaconRoutes.getSpan, async ({ params, caller }) => ({
      status: 200,
      json: spanToJson(await getSpan({ ...powers, caller }, params.span_id)),
    })),
    serve(beaconRoutes.putAnnotations, async ({ params, body, caller }) => {
      const { span_id } = params
      const annotations = body.annotations.map(fromAnnotation)
      await replaceAnnotations({ ...powers, caller }, span_id, annotations)
      return { status: 200, body: { span_id, annotations: annotations.map(toAnnotation) } }
    }),
    serve(beaconRoutes.listPromptVersions, async ({ params, caller }) => {
      const versions = await listPromptVersions({ ...powers, caller }, params.span_id)
      return { status: 200, body: { versions: versions.map(toPromptVersion) } }
    }),
    serve(beaconRoutes.createPromptVersion, async ({ params, body, caller }) => {
      const given = { promptText: body.prompt_text, label: body.label ?? null }
      const version = await savePromptVersion({ ...powers, caller }, params.span_id, given)
      return { status: 201, body: toPromptVersion(version) }
    }),
  ]
}
