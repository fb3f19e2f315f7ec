import fc from 'fast-check'
import { Writer } from 'protobufjs/minimal.js'
import { expect, test } from 'vitest'
import { encodeOtlp } from '../../../../test/support/encode-otlp.ts'
import { fromOtlp } from './from-otlp.ts'
import { spansInJson } from './spans-in-json.ts'
import { spansInProtobuf } from './spans-in-protobuf.ts'

const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

function read(bytes: Uint8Array) {
  return fromOtlp(spansInProtobuf(bytes), 'standard', (span) => span)
}

function requestWith(span: object, ...more: object[]) {
  const spans = [span, ...more].map((one) => ({ ...ids, ...one }))
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] }
}

function valueOf(value: object): unknown {
  const request = requestWith({ attributes: [{ key: 'k', value }] })
  const { spans, reasons } = read(encodeOtlp(request))
  expect(reasons).toEqual([])
  return spans[0]?.attributes['k']
}

test.each([
  [{ stringValue: '' }, ''],
  [{ stringValue: 'naïve 日本 \u{1f600}\0' }, 'naïve 日本 \u{1f600}\0'],
  [{ boolValue: false }, false],
  [{ intValue: '0' }, 0],
  [{ intValue: '-1' }, -1],
  [{ intValue: '9007199254740991' }, 9007199254740991],
  [{ intValue: '9007199254740993' }, '9007199254740993'],
  [{ intValue: '-9223372036854775808' }, '-9223372036854775808'],
  [{ doubleValue: 0.1 }, 0.1],
  [{ doubleValue: NaN }, 'NaN'],
  [{ doubleValue: -Infinity }, '-Infinity'],
  [{ bytesValue: '3q2+7w==' }, '3q2+7w=='],
  [{ arrayValue: { values: [{ intValue: '1' }, {}, { stringValue: 'b' }] } }, [1, null, 'b']],
  [{ arrayValue: {} }, []],
  [{ kvlistValue: { values: [{ key: '', value: { boolValue: true } }] } }, { '': true }],
  [{}, null],
])('the value %j is %j', (value, expected) => {
  expect(valueOf(value)).toEqual(expected)
})

test('no digit of a time is lost', () => {
  const times = {
    startTimeUnixNano: '1700000000123456789',
    endTimeUnixNano: '18446744073709551615',
  }
  const [found] = spansInProtobuf(encodeOtlp(requestWith(times)))
  expect(found?.span).toEqual({ ...ids, ...times })
})

const key = fc.string({ unit: 'grapheme', maxLength: 6 })
/** Without -0, which JSON.stringify writes as 0. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const anyValue = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ stringValue: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ doubleValue: double }),
    fc.record({
      bytesValue: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key, value: tie('value') }), { maxLength: 3 }),
      }),
    }),
  ),
})).value
const attributes = fc.array(fc.record({ key, value: anyValue }), { maxLength: 5 })
/** Not zero, nor is any text empty: protobuf leaves those out, JSON tells them. */
const nanos = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)
/** Now and then of a wrong length, zero, or in upper case. */
const hexId = (bytes: number) =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((id) => Buffer.from(id).toString('hex')),
    },
    { weight: 1, arbitrary: fc.constantFrom('', '00'.repeat(bytes), 'ab', 'cd'.repeat(bytes + 1)) },
  )
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
const count = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const span = fc.record(
  {
    traceId: hexId(16),
    spanId: hexId(8),
    parentSpanId: hexId(8),
    traceState: text,
    name: text,
    kind: fc.integer({ min: 0, max: 6 }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    droppedAttributesCount: count,
    events: fc.array(fc.record({ timeUnixNano: nanos, name: text, attributes }), { maxLength: 2 }),
    droppedEventsCount: count,
    links: fc.array(
      fc.record({ traceId: hexId(16), spanId: hexId(8), traceState: text, attributes }),
      { maxLength: 2 },
    ),
    droppedLinksCount: count,
    status: fc.record({ code: fc.integer({ min: 0, max: 3 }), message: text }),
  },
  { requiredKeys: ['traceId', 'spanId'] },
)
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes }),
          spans: fc.array(span, { maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  ),
})

test('a request means the same in protobuf as in JSON', () => {
  let taken = 0
  fc.assert(
    fc.property(request, (given) => {
      const fromBytes = read(encodeOtlp(given))
      const fromText = fromOtlp(
        spansInJson(JSON.parse(JSON.stringify(given))),
        'standard',
        (span) => span,
      )
      expect(fromBytes).toEqual(fromText)
      taken += fromText.spans.length
    }),
    { numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(100)
})

test('a request in two pieces is one', () => {
  const [one, two] = [requestWith({ name: 'one' }), requestWith({ name: 'two' })]
  const bytes = Buffer.concat([encodeOtlp(one), encodeOtlp(two)])
  const { spans } = read(bytes)
  expect(spans.map(({ name }) => name)).toEqual(['one', 'two'])
})

test('no bytes are a request without spans', () => {
  expect(read(new Uint8Array())).toEqual({ spans: [], rejected: 0, reasons: [] })
})

/** A field of a message that holds these bytes. */
function part(number: number, content: Uint8Array): Uint8Array {
  return Writer.create().uint32(tagOf(number, 2)).bytes(content).finish()
}

function tagOf(number: number, wireType: number): number {
  return (number << 3) | wireType
}

/** A request of one span with these bytes in it. */
function spanOf(...contents: Uint8Array[]): Uint8Array {
  const own = [part(1, Buffer.from(ids.traceId, 'hex')), part(2, Buffer.from(ids.spanId, 'hex'))]
  return part(1, part(2, part(2, Buffer.concat([...own, ...contents]))))
}

test('fields that nobody knows, and known ones of another type, are passed over', () => {
  const unknown = Writer.create()
  unknown.uint32(tagOf(999, 0)).uint32(1)
  unknown.uint32(tagOf(998, 1)).fixed64(1)
  unknown.uint32(tagOf(997, 5)).fixed32(1)
  unknown.uint32(tagOf(996, 3)).uint32(tagOf(1, 0)).uint32(1).uint32(tagOf(996, 4))
  unknown.uint32(tagOf(5, 0)).uint32(7)
  const named = part(5, Buffer.from('name'))
  const { spans } = read(spanOf(unknown.finish(), named))
  expect(spans).toMatchObject([{ ...ids, name: 'name' }])
})

test.each([
  ['text that is not UTF-8', spanOf(part(5, Uint8Array.of(0xc3, 0x28)))],
  ['long text that is not UTF-8', spanOf(part(5, Buffer.alloc(500, 0xff)))],
  ['half of a surrogate pair', spanOf(part(5, Uint8Array.of(0xed, 0xa0, 0x80)))],
  ['bytes that end too early', spanOf(part(5, Buffer.from('name'))).subarray(0, -2)],
  ['a tag without a value', Uint8Array.of(0x0a)],
  ['a length of four gigabytes', Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
  ['a length that never ends', Buffer.concat([Uint8Array.of(0x0a), Buffer.alloc(20, 0xff)])],
  ['an integer that never ends', spanOf(Uint8Array.of(0x30), Buffer.alloc(30, 0xff))],
  ['a part longer than what holds it', part(1, Uint8Array.of(0x12, 0x7f, 0x00))],
  [
    'a text longer than what holds it',
    part(1, part(2, Uint8Array.of(0x12, 0x03, 0x2a, 0x7f, 0x61))),
  ],
  ['field number zero', Uint8Array.of(0x00, 0x00)],
  ['a wire type that does not exist', Uint8Array.of(0x0f)],
  ['the end of a group that never began', Uint8Array.of(0x0c)],
  ['groups in groups', Buffer.alloc(100_000, 0x1b)],
  ['JSON', Buffer.from('{"resourceSpans":[]}')],
])('%s is refused as invalid', (_what, bytes) => {
  expect(() => read(bytes)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      message: expect.stringMatching(
        /^The body is not an ExportTraceServiceRequest in protobuf: ./,
      ),
    }),
  )
})

test('any bytes at all are decoded or refused', () => {
  const whole = encodeOtlp(
    requestWith({ name: 'n', attributes: [{ key: 'a', value: { intValue: '5' } }] }),
  )
  const broken = fc
    .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
    .map(([at, byte, length]) => {
      const bytes = Buffer.from(whole)
      bytes[at] = byte
      return bytes.subarray(0, length)
    })
  let decoded = 0
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), broken), (bytes) => {
      try {
        read(bytes)
        decoded += 1
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid' })
      }
    }),
    { numRuns: 2000 },
  )
  expect(decoded).toBeGreaterThan(50)
})

/** An AnyValue in which lists, or maps, are nested so deep around a text. */
function nested(levels: number, shape: 'list' | 'map'): Uint8Array {
  let value: Uint8Array = part(1, Buffer.from('core'))
  const pieces: Uint8Array[] = []
  // Lengths are written from the inside out, so the pieces are joined in reverse.
  let length = value.length
  pieces.push(value)
  for (let level = 0; level < levels; level += 1) {
    for (const number of shape === 'list' ? [1, 5] : [2, 1, 6]) {
      const head = Writer.create().uint32(tagOf(number, 2)).uint32(length).finish()
      pieces.push(head)
      length += head.length
    }
  }
  value = Buffer.concat(pieces.toReversed())
  return value
}

function attribute(value: Uint8Array): Uint8Array {
  return part(9, Buffer.concat([part(1, Buffer.from('k')), part(2, value)]))
}

test.each(['list', 'map'] as const)(
  'a %s in an attribute nests 200 levels and no more',
  (shape) => {
    const tell = (levels: number) => read(spanOf(attribute(nested(levels, shape))))
    expect(tell(199)).toMatchObject({ rejected: 0 })
    expect(JSON.stringify(tell(199).spans[0]?.attributes)).toContain('core')
    const refused = { spans: [], rejected: 1, reasons: ['attributes nest too deep'] }
    expect(tell(200)).toEqual(refused)
    expect(tell(1_000)).toEqual(refused)
    expect(tell(100_000)).toEqual(refused)
  },
)

test('a span that nests too deep costs none of its neighbours', () => {
  const deep = spanOf(attribute(nested(100_000, 'list')))
  const bytes = Buffer.concat([deep, encodeOtlp(requestWith({ name: 'good' }))])
  const { spans, rejected } = read(bytes)
  expect(spans).toMatchObject([{ name: 'good' }])
  expect(rejected).toBe(1)
})

test('a request of countless empty parts is refused before it takes all memory', () => {
  const empty = Buffer.alloc(2 * 4_100_000, Uint8Array.of(0x12, 0x00))
  expect(() => read(part(1, empty))).toThrow('it has more than 4000000 parts')
})
