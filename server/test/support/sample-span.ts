import { randomUUID } from 'node:crypto'
import { newSpan, type NewSpan, type SpanInput } from '../../src/features/traces/index.ts'

/** A finished root span of a new trace, but for what is given. */
function sampleInput(given: Partial<SpanInput> = {}): SpanInput {
  return {
    spanId: randomUUID(),
    traceId: randomUUID(),
    parentSpanId: null,
    spanType: 'llm_call',
    name: 'openai.chat',
    status: 'ok',
    errorMessage: null,
    startTime: 1_700_000_000.25,
    endTime: 1_700_000_001.5,
    sdkLanguage: 'python',
    attributes: {},
    ...given,
  }
}

export function sampleSpan(given: Partial<SpanInput> = {}): NewSpan {
  return newSpan(sampleInput(given))
}
