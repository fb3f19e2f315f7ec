import { expect, it } from 'vitest'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import type { NewSpan, ToldSpan, ToldTrace } from '../../features/traces/index.ts'
import { unsettled } from '../../features/traces/span.ts'
import { framesOf } from './live-frames.ts'

function told(span: NewSpan): ToldSpan {
  return { ...span, ...unsettled(span), annotationsJson: '[]', createdAt: 1, ownerKey: null }
}

const traceOf = (traceId: string): ToldTrace => ({
  traceId,
  name: `name of ${traceId}`,
  startTime: 5,
  endTime: null,
  spanCount: 2,
  status: 'error',
  totalCostUsd: 1,
  totalTokens: 2,
  tags: {},
  sdkLanguage: null,
  ownerKey: null,
  createdAt: 1,
})

const spans = [
  told(sampleSpan({ spanId: 'a', traceId: 't' })),
  told(sampleSpan({ spanId: 'b', traceId: 'u' })),
  told(sampleSpan({ spanId: 'c', traceId: 't' })),
]

interface Message {
  readonly event: string
  readonly span?: { readonly span_id: string }
}

/** What each frame is about, in order. */
function shapes(frames: ReturnType<typeof framesOf>): string[] {
  return frames.map((frame) => {
    const { event, span } = JSON.parse(frame.bytes().toString()) as Message
    return `${event} ${span?.span_id ?? frame.traceId}`
  })
}

it('tells of traces that began after all spans', () => {
  const frames = framesOf({ spans, newTraces: [traceOf('t'), traceOf('u')], openedTraces: [] })
  expect(shapes(frames)).toEqual([
    'span_created a',
    'span_created b',
    'span_created c',
    'trace_created t',
    'trace_created u',
  ])
})

it('tells of a trace that the server opened before the first of its spans, as it was then', () => {
  const frames = framesOf({ spans, newTraces: [], openedTraces: [traceOf('t')] })
  expect(shapes(frames)).toEqual([
    'trace_created t',
    'span_created a',
    'span_created b',
    'span_created c',
  ])
  const [opened] = frames
  expect(opened?.isGlobalOnly).toBe(true)
  expect(opened?.bytes().toString()).toBe(
    '{"event":"trace_created","trace":{"trace_id":"t","name":"name of t","start_time":5,"status":"unset"}}',
  )
})

it('shows derived attributes in the frame of a span', () => {
  const mapped = { version: 1, attributes: { 'llm.model': 'derived' } }
  const span = told(sampleSpan({ attributes: { sent: 1 }, mapped }))
  const [frame] = framesOf({ spans: [span], newTraces: [], openedTraces: [] })
  const { span: shown } = JSON.parse(String(frame?.bytes())) as { span: { attributes: unknown } }
  expect(shown.attributes).toEqual({ sent: 1, 'llm.model': 'derived' })
})
