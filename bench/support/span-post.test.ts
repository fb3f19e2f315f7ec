import { SpanBatch } from '@pharos/contract/beacon/spans.ts'
import { expect, it } from 'vitest'
import { batches, singles, type PostSource } from './load.ts'
import { SampleText } from './sample-text.ts'

function spansOf(source: PostSource) {
  const [head = '', body = ''] = Buffer.from(source.next()).toString().split('\r\n\r\n')
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
  return SpanBatch.parse(JSON.parse(body)).spans
}

it('posts whole traces of twenty with ids that are new each time', () => {
  const source = batches(SampleText.load(1), 100)
  const spans = [...spansOf(source), ...spansOf(source)]
  expect(new Set(spans.map((span) => span.span_id)).size).toBe(200)
  const roots = spans.filter((span) => span.parent_span_id === undefined)
  expect(new Set(roots.map((span) => span.trace_id)).size).toBe(10)
  for (const span of spans) {
    const root = roots.find(({ trace_id }) => trace_id === span.trace_id)
    expect(span.parent_span_id ?? root?.span_id).toBe(root?.span_id)
  }
})

it('posts single spans of about 2 KB that form traces of twenty', () => {
  const source = singles(SampleText.load(1))
  const spans = Array.from({ length: 40 }, () => spansOf(source)).flat()
  expect(new Set(spans.map((span) => span.span_id)).size).toBe(40)
  expect(new Set(spans.map((span) => span.trace_id)).size).toBe(2)
  for (const span of spans) {
    expect(Math.abs(JSON.stringify(span).length - 2048)).toBeLessThan(64)
  }
})
