import { OtlpTraces } from '@pharos/contract/beacon/otlp.ts'
import {
  fromOtlp,
  newSpan,
  packSpans,
  spansInJson,
  type NewSpan,
  type OtlpSpans,
  type PackedSpans,
} from '../../features/traces/index.ts'
import { readJson } from '../../platform/http/read-json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import { decoding, type Decoded, type Decoder } from './decoding.ts'

/** A body of `POST /v1/otlp/traces`. */
export function decodeOtlp(body: Uint8Array): Decoded<OtlpSpans<NewSpan[]>> {
  return decoding(() => fromOtlp(spansInJson(readJson(OtlpTraces, body)), 'lenient', newSpan))
}

/** The same beside the main thread, packed for the writer. */
export const decodeOtlpJob = defineJob<Uint8Array, Decoded<OtlpSpans<PackedSpans>>>({
  module: import.meta.url,
  name: 'decodeOtlpJob',
  async run(body) {
    const decoded = decodeOtlp(body)
    if ('refusal' in decoded) return decoded
    const { spans, ...rest } = decoded.value
    return { value: { ...rest, spans: packSpans(spans) } }
  },
})

export const otlpDecoder: Decoder<OtlpSpans<NewSpan[]>, OtlpSpans<PackedSpans>> = {
  inline: decodeOtlp,
  job: decodeOtlpJob,
}
