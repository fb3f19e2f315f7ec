/** A trace as text for a model to read. Pure. Source: beacon contract §10.5 "Context text". */
import { attributesOf, durationMs, type Span, type TraceWriter } from '../traces/index.ts'

/** Attributes that a model is told of, in this order. */
const toldKeys = [
  'llm.model',
  'llm.provider',
  'llm.tokens.input',
  'llm.tokens.output',
  'llm.cost_usd',
  'llm.completion',
  'llm.prompt',
  'llm.finish_reason',
  'llm.tool_calls',
  'tool.name',
  'tool.input',
  'tool.output',
] as const

const maxValueLength = 500
const noSpans = 'No spans in this trace.'

/**
 * Writes a trace span by span in the thread that reads the rows.
 * @public loaded by name
 */
export const contextWriter: TraceWriter = {
  open: () => '',
  span: (span, index) => spanToText(span, index + 1),
  close: ({ spanCount }) => (spanCount === 0 ? noSpans : ''),
}

export const contextWriterReference = { module: import.meta.url, name: 'contextWriter' }

export function spanToText(span: Span, number: number): string {
  const duration = durationMs(span.startTime, span.endTime)
  const facts = [
    `Span ${number}`,
    `id: ${span.spanId}`,
    `name: ${span.name}`,
    `type: ${span.spanType}`,
    `status: ${span.status}`,
    ...(span.parentSpanId === null ? [] : [`parent: ${span.parentSpanId}`]),
    ...(duration === null ? [] : [`duration_ms: ${duration.toFixed(1)}`]),
    ...(span.errorMessage === null ? [] : [`error: ${cut(span.errorMessage)}`]),
    ...attributeLines(span),
  ]
  return `${facts.join('\n  ')}\n`
}

function attributeLines(span: Span): string[] {
  const told = attributesOf(span)
  return toldKeys.flatMap((key) => {
    const value = told[key]
    if (value === undefined || value === null) return []
    return [`${key}: ${cut(typeof value === 'string' ? value : JSON.stringify(value))}`]
  })
}

function cut(text: string): string {
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}...` : text
}
