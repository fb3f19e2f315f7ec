import { expect, test } from 'vitest'
import { fromOtlp } from './from-otlp.ts'
import type { OtlpForm } from './from-otlp-span.ts'
import { spansInJson } from './spans-in-json.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

function requestWith(span: object, around: { resource?: object; scope?: object } = {}) {
  const { resource, scope } = around
  const spans = [{ traceId, spanId, ...span }]
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }
}

function read(request: unknown, form: OtlpForm) {
  return fromOtlp(spansInJson(request), form, (span) => span)
}

function standard(...given: Parameters<typeof requestWith>) {
  return read(requestWith(...given), 'standard')
}

test('ids of either case are kept in lower case, those of links too', () => {
  const upper = { traceId: traceId.toUpperCase(), spanId: spanId.toUpperCase() }
  const { spans } = standard({ ...upper, parentSpanId: 'AABBCCDDEEFF0011', links: [upper] })
  expect(spans).toMatchObject([{ traceId, spanId, parentSpanId: 'aabbccddeeff0011' }])
  expect(spans[0]?.attributes['otel.links']).toEqual([
    { trace_id: traceId, span_id: spanId, attributes: {} },
  ])
})

test.each([[''], [null], [undefined], ['0000000000000000']])(
  'a parent %j means that there is none',
  (parentSpanId) => {
    expect(standard({ parentSpanId }).spans).toMatchObject([{ parentSpanId: null }])
  },
)

test.each([
  [{ traceId: '' }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: undefined }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: '0'.repeat(32) }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: spanId }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: `${traceId.slice(1)}g` }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: 'CvdlGRbNQ92ESOshHIAxnA==' }, 'traceId is not 16 bytes in hexadecimal'],
  [{ traceId: 7 }, 'traceId is not 16 bytes in hexadecimal'],
  [{ spanId: null }, 'spanId is not 8 bytes in hexadecimal'],
  [{ spanId: '0'.repeat(16) }, 'spanId is not 8 bytes in hexadecimal'],
  [{ spanId: traceId }, 'spanId is not 8 bytes in hexadecimal'],
  [{ parentSpanId: 'parent' }, 'parentSpanId is not 8 bytes in hexadecimal'],
])('%j is rejected and counted', (span, reason) => {
  expect(standard(span)).toEqual({ spans: [], rejected: 1, reasons: [reason] })
})

test.each([
  ['nodejs', 'javascript'],
  ['webjs', 'javascript'],
  ['python', 'python'],
  ['go', 'go'],
  ['', null],
])('the SDK language %j is told as %j, and not at all by the lenient reading', (given, told) => {
  const attributes = [{ key: 'telemetry.sdk.language', value: { stringValue: given } }]
  const request = requestWith({}, { resource: { attributes } })
  expect(read(request, 'standard').spans).toMatchObject([{ sdkLanguage: told }])
  expect(read(request, 'lenient').spans).toMatchObject([{ sdkLanguage: null }])
})

test('trace state and dropped counts that tell something are kept', () => {
  const span = { traceState: 'a=b', droppedAttributesCount: 3, droppedEventsCount: 0 }
  const request = requestWith(span)
  expect(read(request, 'standard').spans[0]?.attributes).toEqual({
    'otel.trace_state': 'a=b',
    'otel.dropped_attributes_count': 3,
  })
  expect(read(request, 'lenient').spans[0]?.attributes).toEqual({})
})

test('a span that names its type itself is not interpreted', () => {
  const attributes = [
    { key: 'span_type', value: { stringValue: 'tool_use' } },
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
  ]
  const { spans } = standard({ attributes })
  expect(spans).toMatchObject([{ spanType: 'tool_use' }])
  expect(spans[0]?.mapped?.attributes).toEqual({})
})

test('a resource too large for its many spans costs those that find no room', () => {
  const attributes = [{ key: 'text', value: { stringValue: 'x'.repeat(1024 * 1024) } }]
  const spans = Array.from({ length: 300 }, () => ({ traceId, spanId }))
  const request = { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] }
  const { spans: taken, rejected, reasons } = read(request, 'standard')
  expect(taken).toHaveLength(255)
  expect(rejected).toBe(45)
  expect(reasons).toEqual(['resource and scope attributes are too large for so many spans'])
})
