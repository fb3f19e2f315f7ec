import {
  fromOtlp,
  newSpan,
  packSpans,
  spansInJson,
  spansInProtobuf,
  type NewSpan,
  type OtlpSpans,
  type PackedSpans,
} from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { InputError } from '../../platform/http/input-error.ts'
import { parseJson } from '../../platform/http/parse-json.ts'
import { isJsonObject } from '../../platform/json.ts'
import { defineJob, inlineBodyBytes, type Workroom } from '../../platform/threads/workroom.ts'
import type { OtlpEncoding } from './encoding.ts'

export interface TracesBody {
  readonly encoding: OtlpEncoding
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Decodes a body where its size does not hold up others. Throws DomainError `invalid`. */
export async function decodeTraces(
  workroom: Workroom,
  body: TracesBody,
): Promise<OtlpSpans<NewSpan[] | PackedSpans>> {
  return body.bytes.byteLength <= inlineBodyBytes
    ? decodeInline(body)
    : workroom.run(decodeTracesJob, body, [body.bytes.buffer])
}

/** Beside the main thread, packed for the writer. */
export const decodeTracesJob = defineJob<TracesBody, OtlpSpans<PackedSpans>>({
  module: import.meta.url,
  name: 'decodeTracesJob',
  async run(body) {
    const { spans, ...rest } = decodeInline(body)
    return { ...rest, spans: packSpans(spans) }
  },
})

function decodeInline({ encoding, bytes }: TracesBody): OtlpSpans<NewSpan[]> {
  const found = encoding === 'json' ? spansInJson(parseRequest(bytes)) : spansInProtobuf(bytes)
  return fromOtlp(found, 'standard', newSpan)
}

function parseRequest(bytes: Uint8Array): unknown {
  const request = parseOrRefuse(bytes)
  if (!isJsonObject(request)) throw new DomainError('invalid', 'The body is not a JSON object')
  return request
}

/** Only a DomainError keeps what it says on its way out of a thread. */
function parseOrRefuse(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { problem } = error
    const reason =
      problem.kind === 'not-json' ? `${problem.message} at ${problem.offset}` : 'it nests too deep'
    throw new DomainError('invalid', `The body is not usable JSON: ${reason}`, { cause: error })
  }
}
