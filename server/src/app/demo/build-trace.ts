import { createHash } from 'node:crypto'
import type { SpanInput } from '../../features/traces/index.ts'
import { costOf, finishReasonOf, providerOf } from './demo-prices.ts'
import type { ModelStep, PlainStep, Recording } from './recording.ts'

/**
 * A recording as the spans of one trace. Ids follow from its keys, so that the same recording
 * always has the same ones; times follow from `nowSeconds`, to the millisecond.
 */
export function buildTrace(recording: Recording, nowSeconds: number): SpanInput[] {
  const startMs = Math.round((nowSeconds - recording.secondsAgo) * 1000)
  const spanIdOf = (key: string) => demoId(`${recording.key}/${key}`)
  return recording.steps.map((step) => ({
    spanId: spanIdOf(step.key),
    traceId: demoId(recording.key),
    parentSpanId: step.in === undefined ? null : spanIdOf(step.in),
    spanType: 'model' in step ? 'llm_call' : step.type,
    name: step.name,
    status: step.error === undefined ? 'ok' : 'error',
    errorMessage: step.error ?? null,
    startTime: (startMs + step.fromMs) / 1000,
    endTime: (startMs + step.toMs) / 1000,
    sdkLanguage: recording.sdkLanguage,
    attributes: attributesOf(step, recording),
  }))
}

function attributesOf(step: ModelStep | PlainStep, recording: Recording): Record<string, unknown> {
  if ('model' in step) return modelAttributes(step, recording)
  return step.in === undefined ? { demo: true, ...step.attributes } : { ...step.attributes }
}

function modelAttributes(step: ModelStep, recording: Recording): Record<string, unknown> {
  const messages = recording.conversations[step.conversation] ?? []
  const prompt = JSON.stringify(messages.slice(0, step.reads))
  const toolCalls = step.toolCalls && JSON.stringify(step.toolCalls)
  const input = tokensIn(prompt)
  const output = tokensIn(step.completion + (toolCalls ?? ''))
  return {
    'llm.provider': providerOf(step.model),
    'llm.model': step.model,
    'llm.prompt': prompt,
    'llm.temperature': 0.2,
    'llm.completion': step.completion,
    'llm.finish_reason': finishReasonOf(step.model, toolCalls === undefined ? 'text' : 'tools'),
    ...(toolCalls === undefined ? {} : { 'llm.tool_calls': toolCalls }),
    'llm.tokens.input': input,
    'llm.tokens.output': output,
    'llm.tokens.total': input + output,
    'llm.cost_usd': costOf(step.model, { input, output }),
  }
}

/** About what tokenizers make of English and JSON. */
function tokensIn(text: string): number {
  return Math.ceil(text.length / 4)
}

/** A UUID of version 8 that always is the same for the same name. */
function demoId(name: string): string {
  const hex = createHash('sha256').update(`pharos demo ${name}`).digest('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`]
  return [...groups, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}
