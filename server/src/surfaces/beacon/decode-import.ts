import { floatOf } from '@pharos/contract/beacon/scalars.ts'
import { TraceImport } from '@pharos/contract/beacon/trace-shapes.ts'
import {
  annotationsToJson,
  type ImportedSpan,
  type ImportedTrace,
} from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { readJson } from '../../platform/http/read-json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import { decoding, type Decoded, type Decoder } from './decoding.ts'
import { fromAnnotation, fromSpanCreate, toTime } from './wire.ts'

export interface TraceFile {
  readonly trace: ImportedTrace
  readonly spans: readonly ImportedSpan[]
}

/** A body of `POST /v1/traces/import`: schema first, then format, then version. */
export function decodeImport(body: Uint8Array): Decoded<TraceFile> {
  return decoding(() => fromTraceImport(readJson(TraceImport, body)))
}

export const decodeImportJob = defineJob<Uint8Array, Decoded<TraceFile>>({
  module: import.meta.url,
  name: 'decodeImportJob',
  run: async (body) => decodeImport(body),
})

function fromTraceImport(file: TraceImport): TraceFile {
  const { format = 'beacon', version = '1', trace } = file
  if (format !== 'beacon') {
    const message = `Unsupported export format: '${format}' (expected 'beacon')`
    throw new DomainError('precondition', message)
  }
  if (version !== '1') {
    const message = `Unsupported export version: '${version}' (expected '1')`
    throw new DomainError('precondition', message)
  }
  return {
    trace: {
      traceId: trace.trace_id,
      name: trace.name,
      startTime: floatOf(trace.start_time),
      endTime: toTime(trace.end_time),
      tags: trace.tags,
      sdkLanguage: trace.sdk_language ?? null,
    },
    spans: file.spans.map((span) => ({
      ...fromSpanCreate({ ...span, trace_id: trace.trace_id }),
      annotationsJson: annotationsToJson((span.annotations ?? []).map(fromAnnotation)),
    })),
  }
}

export const importDecoder: Decoder<TraceFile, TraceFile> = {
  inline: decodeImport,
  job: decodeImportJob,
}
