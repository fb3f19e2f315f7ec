import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spanStatuses, spanTypes } from '@pharos/contract/vocabulary.ts'
import { ownWords } from '../mapped-attributes.ts'
import { newSpan, unsettled, type Span, type SpanInput, type Trace } from '../span.ts'
import { fromOtlp } from './from-otlp.ts'
import { spansInJson } from './spans-in-json.ts'
import { otlpWriter } from './to-otlp.ts'

const input: SpanInput = {
  spanId: 's1',
  traceId: 't1',
  parentSpanId: null,
  spanType: 'llm_call',
  name: 'call',
  status: 'ok',
  errorMessage: null,
  startTime: 1700000000.123456,
  endTime: 1700000001.5,
  sdkLanguage: 'python',
  attributes: {},
}

function stored(given: Partial<SpanInput> = {}): Span {
  const span = newSpan({ ...input, ...given })
  return { ...span, ...unsettled(span), seq: 1, annotationsJson: '[]', createdAt: 0 }
}

function documentOf(...spans: Span[]): string {
  const trace: Trace = {
    seq: 1,
    traceId: 't1',
    name: 'A "spans": [ trace',
    startTime: 0,
    endTime: null,
    spanCount: spans.length,
    status: 'ok',
    totalCostUsd: 0,
    totalTokens: 0,
    tags: {},
    sdkLanguage: null,
    ownerKey: null,
    createdAt: 0,
  }
  return (
    otlpWriter.open(trace) +
    spans.map((span, index) => otlpWriter.span(span, index)).join('') +
    otlpWriter.close(trace)
  )
}

function spanIn(text: string) {
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans[0]
}

test('the document names the service and the trace and holds the spans', () => {
  expect(JSON.parse(documentOf(stored()))).toEqual({
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'beacon' } },
            { key: 'trace.name', value: { stringValue: 'A "spans": [ trace' } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: 'beacon', version: '0.1.0' },
            spans: [
              {
                traceId: 't1',
                spanId: 's1',
                name: 'call',
                kind: 1,
                startTimeUnixNano: '1700000000123456000',
                endTimeUnixNano: '1700000001500000000',
                attributes: [{ key: 'span_type', value: { stringValue: 'llm_call' } }],
                status: { code: 1 },
              },
            ],
          },
        ],
      },
    ],
  })
})

test.each([
  ['no spans', []],
  ['one span', [stored()]],
  [
    'two spans',
    [stored(), stored({ attributes: { text: 'a\nb\u2028c', list: [1, { a: null }] } })],
  ],
])('with %s it is pretty-printed by two spaces', (_name, spans) => {
  const text = documentOf(...spans)
  expect(text).toBe(JSON.stringify(JSON.parse(text), null, 2))
})

test('type and error frame the attributes, and each key comes once', () => {
  const attributes = { span_type: 'x', 'error.message': 'old', a: 1 }
  const span = spanIn(documentOf(stored({ status: 'error', errorMessage: 'broke', attributes })))
  expect(span.attributes).toEqual([
    { key: 'span_type', value: { stringValue: 'llm_call' } },
    { key: 'a', value: { intValue: '1' } },
    { key: 'error.message', value: { stringValue: 'broke' } },
  ])
  expect(span.status).toEqual({ code: 2 })
})

test('an unfinished span ends at 0, and a parent is told only when there is one', () => {
  expect(spanIn(documentOf(stored({ endTime: null }))).endTimeUnixNano).toBe('0')
  expect(spanIn(documentOf(stored({ parentSpanId: '' })))).not.toHaveProperty('parentSpanId')
  expect(spanIn(documentOf(stored({ parentSpanId: 'p' })))).toHaveProperty('parentSpanId', 'p')
})

test.each([
  [true, { boolValue: true }],
  [3, { intValue: '3' }],
  [1 - 2 ** 53, { intValue: '-9007199254740991' }],
  [2 ** 53, { doubleValue: 9007199254740992 }],
  [1e300, { doubleValue: 1e300 }],
  [0.25, { doubleValue: 0.25 }],
  ['text', { stringValue: 'text' }],
  [null, {}],
  [[1, null], { arrayValue: { values: [{ intValue: '1' }, {}] } }],
  [{ a: 1 }, { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } }],
])('the attribute %j is written as %j', (value, expected) => {
  const span = spanIn(documentOf(stored({ attributes: { value } })))
  expect(span.attributes[1]).toEqual({ key: 'value', value: expected })
})

test('an exported span comes back with all it said', () => {
  const attributeName = fc.string().filter((key) => !/^(span_type|error\.message|otel\.)/.test(key))
  const spans = fc.record({
    spanType: fc.constantFrom(...spanTypes),
    name: fc.string(),
    status: fc.constantFrom(...spanStatuses),
    errorMessage: fc.option(fc.string({ minLength: 1 })),
    startTime: fc.double({ min: 1e9, max: 4e9, noNaN: true }),
    endTime: fc.option(fc.double({ min: 1e9, max: 4e9, noNaN: true })),
    attributes: fc.dictionary(attributeName, fc.jsonValue()),
  })
  fc.assert(
    fc.property(spans, (given) => {
      const before = stored(given)
      const { spans: back, rejected } = fromOtlp(
        spansInJson(JSON.parse(documentOf(before))),
        'lenient',
        (span) => span,
      )
      expect(rejected).toBe(0)
      const after = stored({ ...back[0]!, sdkLanguage: input.sdkLanguage })
      const added = {
        'otel.resource.service.name': 'beacon',
        'otel.resource.trace.name': 'A "spans": [ trace',
        'otel.scope.name': 'beacon',
        'otel.scope.version': '0.1.0',
      }
      expect(JSON.parse(after.attributesJson)).toEqual({
        ...JSON.parse(before.attributesJson),
        ...added,
      })
      const same = { attributesJson: '', mappingVersion: ownWords }
      expect({ ...after, attributesJson: '' }).toEqual({ ...before, ...same })
    }),
  )
})

test('times that came by OTLP go out digit for digit', () => {
  const time = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String)
  fc.assert(
    fc.property(time, time, (startTimeUnixNano, endTimeUnixNano) => {
      const sent = { traceId: 't1', spanId: 's1', startTimeUnixNano, endTimeUnixNano }
      const request = { resourceSpans: [{ scopeSpans: [{ spans: [sent] }] }] }
      const [span] = fromOtlp(spansInJson(request), 'lenient', stored).spans
      expect(spanIn(documentOf(span!))).toMatchObject({ startTimeUnixNano, endTimeUnixNano })
    }),
  )
})
