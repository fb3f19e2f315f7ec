import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownWords } from '../mapped-attributes.ts'
import { newSpan } from '../span.ts'
import { fromOtlp } from './from-otlp.ts'
import { spansInJson } from './spans-in-json.ts'

const ids = { traceId: 't1', spanId: 's1' }

function lenient(request: unknown) {
  return fromOtlp(spansInJson(request), 'lenient', (span) => span)
}

function bodyOf(...spans: unknown[]) {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] }
}

function onlySpan(span: object) {
  const { spans, rejected } = lenient(bodyOf({ ...ids, ...span }))
  expect(rejected).toBe(0)
  expect(spans).toHaveLength(1)
  return spans[0]!
}

function valueOf(value: unknown): unknown {
  return onlySpan({ attributes: [{ key: 'k', value }] }).attributes['k']
}

function nestedArray(levels: number): unknown {
  let value: unknown = { intValue: '1' }
  for (let level = 0; level < levels; level += 1) value = { arrayValue: { values: [value] } }
  return value
}

test('a complete span keeps ids, name, times, status and the order of its attributes', () => {
  const span = onlySpan({
    parentSpanId: 'p1',
    name: 'call',
    startTimeUnixNano: '1700000000123456789',
    endTimeUnixNano: '1700000001000000000',
    status: { code: 1 },
    attributes: [
      { key: 'z', value: { stringValue: 'last letter' } },
      { key: 'span_type', value: { stringValue: 'tool_use' } },
      { key: 'a', value: { intValue: '7' } },
    ],
  })
  expect(span).toEqual({
    spanId: 's1',
    traceId: 't1',
    parentSpanId: 'p1',
    spanType: 'tool_use',
    name: 'call',
    status: 'ok',
    errorMessage: null,
    startTime: Number('1700000000.123456789'),
    startNanosRest: 89,
    endTime: 1700000001,
    endNanosRest: null,
    sdkLanguage: null,
    attributes: { z: 'last letter', a: 7 },
    mapped: { version: ownWords, attributes: {} },
  })
  expect(Object.keys(span.attributes)).toEqual(['z', 'a'])
})

test('what is absent takes its default', () => {
  expect(onlySpan({})).toMatchObject({
    parentSpanId: null,
    spanType: 'custom',
    name: 'unknown',
    status: 'unset',
    errorMessage: null,
    startTime: 0,
    endTime: null,
    attributes: {},
  })
})

test.each([
  [{}],
  [{ resourceSpans: null }],
  [{ resourceSpans: [{ scopeSpans: null }] }],
  [{ resourceSpans: [{ resource: null, scopeSpans: [{ scope: null, spans: null }] }] }],
  [bodyOf({ traceId: '', spanId: 's' }, { traceId: 't', spanId: '' }, { traceId: 't' })],
  [bodyOf({ traceId: null, spanId: 5 }, { spanId: 's' }, {})],
  [null],
  ['text'],
  [[1]],
])('%j holds no spans and nothing to count', (body) => {
  expect(lenient(body)).toEqual({ spans: [], rejected: 0, reasons: [] })
})

test.each([
  [{ resourceSpans: 'x' }, 'resourceSpans is not a list'],
  [{ resourceSpans: [null] }, 'resourceSpans holds something that is not an object'],
  [{ resourceSpans: [{ scopeSpans: 7 }] }, 'scopeSpans is not a list'],
  [{ resourceSpans: [{ scopeSpans: [7] }] }, 'scopeSpans holds something that is not an object'],
  [{ resourceSpans: [{ scopeSpans: [{ spans: {} }] }] }, 'spans is not a list'],
  [bodyOf('span'), 'spans holds something that is not an object'],
  [bodyOf({ ...ids, traceId: 12 }), 'traceId is not a usable text'],
  [bodyOf({ ...ids, traceId: 'a\0b' }), 'traceId is not a usable text'],
  [bodyOf({ ...ids, spanId: '\ud800' }), 'spanId is not a usable text'],
  [bodyOf({ ...ids, parentSpanId: 9 }), 'parentSpanId is not a usable text'],
  [bodyOf({ ...ids, startTimeUnixNano: 'soon' }), 'startTimeUnixNano is not a number'],
  [bodyOf({ ...ids, endTimeUnixNano: [1] }), 'endTimeUnixNano is not a number'],
])('%j is rejected with a reason', (body, reason) => {
  expect(lenient(body)).toEqual({ spans: [], rejected: 1, reasons: [reason] })
})

test('a bad span costs none of its neighbours, and a repeated reason is told once', () => {
  const report = lenient(
    bodyOf({ ...ids, spanId: 1 }, { ...ids, spanId: 'good' }, { ...ids, spanId: 2 }, null),
  )
  expect(report.spans.map(({ spanId }) => spanId)).toEqual(['good'])
  expect(report.rejected).toBe(3)
  expect(report.reasons).toHaveLength(2)
})

test('small malformed pieces are left out of their span', () => {
  const span = onlySpan({
    name: null,
    parentSpanId: null,
    status: 'bad',
    kind: {},
    events: 'none',
    links: [null],
    attributes: [null, 5, { key: 3 }, { value: {} }, { key: 'kept', value: { boolValue: true } }],
  })
  expect(span.name).toBe('unknown')
  expect(span.attributes).toEqual({ kept: true })
})

test.each([
  [{ code: 0 }, 'unset'],
  [{ code: 1 }, 'ok'],
  [{ code: 2 }, 'error'],
  [{ code: 'STATUS_CODE_UNSET' }, 'unset'],
  [{ code: 'STATUS_CODE_OK' }, 'ok'],
  [{ code: 'STATUS_CODE_ERROR' }, 'error'],
  [{ code: 3 }, 'unset'],
  [{ code: '2' }, 'unset'],
  [null, 'unset'],
])('status %j is %s', (status, expected) => {
  expect(onlySpan({ status }).status).toBe(expected)
})

test.each([
  [{ code: 2, message: 'broke' }, [], 'broke'],
  [{ code: 2, message: { why: 1 } }, [], '{"why":1}'],
  [{ code: 1, message: 'fine' }, [], null],
  [{ code: 2, message: '' }, [], null],
  [{ code: 2, message: 'broke' }, [{ stringValue: 'first' }], 'first'],
  [{ code: 0 }, [{ intValue: '5' }], '5'],
])('status %j with error.message %j explains itself as %j', (status, given, expected) => {
  const attributes = given.map((value) => ({ key: 'error.message', value }))
  const span = onlySpan({ status, attributes })
  expect(span.errorMessage).toBe(expected)
  expect(span.attributes).toEqual({})
})

test.each([
  [{ stringValue: '' }, ''],
  [{ stringValue: null, intValue: '3' }, 3],
  [{ intValue: 3, doubleValue: 4 }, 3],
  [{ intValue: '9007199254740991' }, 9007199254740991],
  [{ intValue: '9007199254740993' }, '9007199254740993'],
  [{ intValue: '-9223372036854775808' }, '-9223372036854775808'],
  [{ intValue: 'many' }, 'many'],
  [{ doubleValue: 0.5 }, 0.5],
  [{ doubleValue: '1.25' }, 1.25],
  [{ doubleValue: 'NaN' }, 'NaN'],
  [{ boolValue: false }, false],
  [{ bytesValue: '3q2+7w==' }, '3q2+7w=='],
  [{ arrayValue: { values: [{ intValue: '1' }, { stringValue: 'b' }, {}] } }, [1, 'b', null]],
  [{ arrayValue: {} }, []],
  [{ kvlistValue: { values: [{ key: 'b', value: { intValue: '1' } }, null] } }, { b: 1 }],
  [{ kvlistValue: { values: null } }, {}],
  [{}, null],
  [null, null],
  ['bare', 'bare'],
  [{ other: [1] }, { other: [1] }],
])('the value %j is %j', (value, expected) => {
  expect(valueOf(value)).toEqual(expected)
})

test('a key named __proto__ is a key like any other', () => {
  const entry = { key: '__proto__', value: { stringValue: 'x' } }
  const span = onlySpan({
    attributes: [entry, { key: 'in', value: { kvlistValue: { values: [entry] } } }],
  })
  expect(newSpan(span).attributesJson).toBe('{"__proto__":"x","in":{"__proto__":"x"}}')
})

test('what OTLP says beside the attributes is kept under otel, after them', () => {
  const request = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [
          {
            scope: {
              name: 'tracer',
              version: '2.1',
              attributes: [{ key: 'level', value: { intValue: '4' } }],
            },
            spans: [
              {
                ...ids,
                kind: 3,
                attributes: [{ key: 'own', value: { boolValue: true } }],
                events: [
                  {
                    name: 'exception',
                    timeUnixNano: '1700000000500000000',
                    attributes: [{ key: 'exception.type', value: { stringValue: 'E' } }],
                  },
                  { timeUnixNano: 'late' },
                ],
                links: [{ traceId: 't0', spanId: 's0', traceState: 'a=b' }],
              },
            ],
          },
        ],
      },
    ],
  }
  const { spans } = lenient(request)
  expect(Object.entries(spans[0]!.attributes)).toEqual([
    ['own', true],
    ['otel.resource.service.name', 'shop'],
    ['otel.scope.name', 'tracer'],
    ['otel.scope.version', '2.1'],
    ['otel.scope.level', 4],
    ['otel.kind', 'client'],
    [
      'otel.events',
      [
        { name: 'exception', time: 1700000000.5, attributes: { 'exception.type': 'E' } },
        { name: '', time: null, attributes: {} },
      ],
    ],
    ['otel.links', [{ trace_id: 't0', span_id: 's0', trace_state: 'a=b', attributes: {} }]],
  ])
})

test('an attribute of the span itself wins over one of the same name from around it', () => {
  const attributes = [{ key: 'otel.kind', value: { stringValue: 'mine' } }]
  expect(onlySpan({ kind: 2, attributes }).attributes).toEqual({ 'otel.kind': 'mine' })
})

test.each([
  [2, 'server'],
  [5, 'consumer'],
  ['SPAN_KIND_PRODUCER', 'producer'],
  [0, undefined],
  [1, undefined],
  ['SPAN_KIND_INTERNAL', undefined],
  [6, undefined],
])('kind %j is kept as %j', (kind, expected) => {
  expect(onlySpan({ kind }).attributes['otel.kind']).toBe(expected)
})

test.each([
  ['attributes', (value: unknown) => ({ attributes: [{ key: 'k', value }] }), 199],
  ['events', (value: unknown) => ({ events: [{ attributes: [{ key: 'k', value }] }] }), 196],
])('%s nest 200 levels and no more', (_name, spanWith, levels) => {
  const tell = (depth: number) => lenient(bodyOf({ ...ids, ...spanWith(nestedArray(depth)) }))
  expect(tell(levels)).toMatchObject({ rejected: 0 })
  const refused = { spans: [], rejected: 1, reasons: ['attributes nest too deep'] }
  expect(tell(levels + 1)).toEqual(refused)
  expect(tell(50_000)).toEqual(refused)
})

test('no JSON whatever makes it throw or give spans that cannot be stored', () => {
  const json = fc.jsonValue()
  const span = fc.record(
    {
      traceId: fc.oneof(fc.string(), json),
      spanId: fc.oneof(fc.string(), json),
      parentSpanId: json,
      name: json,
      kind: json,
      startTimeUnixNano: fc.oneof(fc.bigInt().map(String), json),
      endTimeUnixNano: json,
      status: fc.oneof(fc.record({ code: json, message: json }), json),
      attributes: fc.oneof(
        fc.array(fc.record({ key: fc.string(), value: fc.dictionary(anyValueKeys, json) })),
        json,
      ),
      events: fc.oneof(fc.array(json), json),
      links: fc.oneof(fc.array(json), json),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(span, json)), (spans) => {
      const report = lenient(bodyOf(...spans))
      expect(report.spans.length + report.rejected).toBeLessThanOrEqual(spans.length)
      for (const { spanId, startTime, ...rest } of report.spans) {
        expect(spanId).not.toBe('')
        expect(Number.isFinite(startTime)).toBe(true)
        expect(() => newSpan({ spanId, startTime, ...rest })).not.toThrow()
      }
    }),
  )
})

const anyValueKeys = fc.constantFrom(
  'stringValue',
  'intValue',
  'doubleValue',
  'boolValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
)
