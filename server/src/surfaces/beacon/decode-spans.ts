import { SpanBatch } from '@pharos/contract/beacon/spans.ts'
import { packSpans, type NewSpan, type PackedSpans } from '../../features/traces/index.ts'
import { readJson } from '../../platform/http/read-json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import { decoding, type Decoded, type Decoder } from './decoding.ts'
import { fromSpanCreate } from './wire.ts'

/** A body of `POST /v1/spans`. */
export function decodeSpans(body: Uint8Array): Decoded<NewSpan[]> {
  return decoding(() => readJson(SpanBatch, body).spans.map(fromSpanCreate))
}

/** The same beside the main thread, packed for the writer. */
export const decodeSpansJob = defineJob<Uint8Array, Decoded<PackedSpans>>({
  module: import.meta.url,
  name: 'decodeSpansJob',
  async run(body) {
    const decoded = decodeSpans(body)
    return 'value' in decoded ? { value: packSpans(decoded.value) } : decoded
  },
})

export const spansDecoder: Decoder<NewSpan[], PackedSpans> = {
  inline: decodeSpans,
  job: decodeSpansJob,
}
