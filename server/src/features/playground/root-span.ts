import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import { newSpan, type NewSpan } from '../traces/index.ts'

/** The span under which everything of one request stands. */
export interface RootPlace {
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  /** Unix seconds. */
  readonly startTime: number
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface RootEnd {
  readonly status: Exclude<SpanStatus, 'unset'>
  readonly errorMessage: string | null
  /** Unix seconds. */
  readonly endTime: number
}

/** The root while it runs, or as it ended. */
export function rootSpan(place: RootPlace, end?: RootEnd): NewSpan {
  return newSpan({
    ...place,
    parentSpanId: null,
    spanType: 'agent_step',
    status: end?.status ?? 'unset',
    errorMessage: end?.errorMessage ?? null,
    endTime: end?.endTime ?? null,
    sdkLanguage: null,
  })
}
