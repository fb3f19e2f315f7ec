import { spanStatuses, spanTypes } from '@pharos/contract/vocabulary.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    '\0',
    '\ud800',
    'é日本\u{1f600}',
    '__proto__',
    '"=cmd\r\n,',
    '1e999',
    '../..',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const number = fc.oneof(
  fc.constantFrom(-0, 0, 1e308, -1e308, 5e-324, 2 ** 53 + 2, 1e21, -1, 1.7, 253402300800, 1e15),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value
const knownKeys = [
  'llm.cost_usd',
  'llm.tokens.total',
  'llm.tokens.input',
  'llm.model',
  'agent.framework',
  'span_type',
  'error.message',
  'service.name',
]
const attributes = fc.dictionary(fc.oneof(fc.constantFrom(...knownKeys), text), json, {
  maxKeys: 6,
})
/** Mostly what it should be, now and then anything. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: json })
const id = fc.constantFrom('a', 'b', 'c', 'd/e', 'f g', '', '..', '%', '\u{1f600}')

const span = fc.record(
  {
    span_id: mostly(id),
    trace_id: mostly(id),
    span_type: mostly(fc.constantFrom(...spanTypes)),
    name: mostly(text),
    start_time: mostly(number),
    parent_span_id: mostly(fc.option(id)),
    status: mostly(fc.constantFrom(...spanStatuses)),
    error_message: mostly(fc.option(text)),
    end_time: mostly(fc.option(number)),
    attributes: mostly(attributes),
    sdk_language: mostly(fc.option(text)),
  },
  { requiredKeys: ['span_id', 'trace_id', 'span_type', 'name', 'start_time'] },
)
const batch = fc.record({ spans: mostly(fc.array(span, { maxLength: 4 })) })

const importedSpan = fc.record({
  span_id: mostly(id),
  trace_id: mostly(id),
  parent_span_id: mostly(fc.option(id)),
  span_type: mostly(fc.constantFrom(...spanTypes)),
  name: mostly(text),
  status: mostly(fc.constantFrom(...spanStatuses)),
  error_message: mostly(fc.option(text)),
  start_time: mostly(number),
  end_time: mostly(fc.option(number)),
  duration_ms: fc.constant(null),
  attributes: mostly(attributes),
  annotations: fc.array(
    fc.record({
      id: text,
      text,
      created_at: mostly(number),
    }),
    { maxLength: 2 },
  ),
})
const file = fc.record({
  exported_at: fc.constant(1),
  trace: fc.record({
    trace_id: mostly(id),
    name: mostly(text),
    start_time: mostly(number),
    end_time: mostly(fc.option(number)),
    duration_ms: fc.constant(null),
    span_count: fc.constant(1),
    status: fc.constant('ok'),
    total_cost_usd: number,
    total_tokens: fc.constant(0),
    tags: mostly(fc.dictionary(text, text, { maxKeys: 2 })),
  }),
  spans: mostly(fc.array(importedSpan, { maxLength: 3 })),
})

const otlpValue = fc.oneof(
  fc.record({ stringValue: mostly(text) }),
  fc.record({ intValue: mostly(fc.oneof(number, text)) }),
  fc.record({ doubleValue: mostly(number) }),
  fc.record({ boolValue: json }),
  fc.record({ arrayValue: json }),
  fc.record({ kvlistValue: json }),
  fc.record({ bytesValue: json }),
  json,
)
const keyValue = fc.record({
  key: mostly(fc.oneof(fc.constantFrom(...knownKeys), text)),
  value: otlpValue,
})
const nanos = fc.oneof(number, number.map(String), fc.constantFrom('0', 'soon', '', '9'.repeat(40)))
const otlpSpan = fc.record(
  {
    traceId: mostly(id),
    spanId: mostly(id),
    parentSpanId: mostly(id),
    name: mostly(text),
    startTimeUnixNano: mostly(nanos),
    endTimeUnixNano: mostly(nanos),
    attributes: mostly(fc.array(mostly(keyValue), { maxLength: 4 })),
    status: mostly(
      fc.record({
        code: json,
        message: json,
      }),
    ),
    events: json,
    links: json,
    kind: json,
  },
  { requiredKeys: [] },
)
const list = <T>(of: fc.Arbitrary<T>) => mostly(fc.array(of, { maxLength: 2 }))
const otlp = fc.record({
  resourceSpans: list(
    fc.record({
      resource: mostly(fc.record({ attributes: list(keyValue) })),
      scopeSpans: list(fc.record({ scope: json, spans: list(otlpSpan) })),
    }),
  ),
})

const bodies = fc.oneof(
  batch.map((value) => ({ method: 'POST', path: '/v1/spans', value })),
  otlp.map((value) => ({ method: 'POST', path: '/v1/otlp/traces', value })),
  file.map((value) => ({ method: 'POST', path: '/v1/traces/import', value })),
  mostly(fc.dictionary(text, text, { maxKeys: 3 })).map((tags) => ({
    method: 'PUT',
    path: '/v1/traces/a/tags',
    value: { tags },
  })),
  json.map((annotations) => ({
    method: 'PUT',
    path: '/v1/spans/a/annotations',
    value: { annotations },
  })),
  json.map((value) => ({ method: 'POST', path: '/v1/spans/a/prompt-versions', value })),
  json.map((value) => ({ method: 'POST', path: '/v1/spans', value })),
)

describe.each(['sqlite', 'postgres'] as const)('Hostile bodies [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  test('are taken or refused with a reason, and never spoil what is read later', async () => {
    const requests = fc.asyncProperty(
      fc.array(bodies, { minLength: 1, maxLength: 6 }),
      async (all) => {
        for (const request of all) {
          const { status, text } = await sendJson(app.url, request)
          expect([200, 201, 400, 404, 409, 422], `${status} ${text}`).toContain(status)
        }
        await expectReadable(app)
        await sendJson(app.url, {
          method: 'DELETE',
          path: '/v1/traces',
          value: { older_than: 9e9 },
        })
      },
    )
    await fc.assert(requests, { numRuns: 60, seed: 20_250_101 })
    expect(app.deaths).toEqual([])
  }, 120_000)
})

/** Everything stored can be read by every route, and says only numbers where it says numbers. */
async function expectReadable(app: TestApp): Promise<void> {
  const { body } = await app.client.listTraces({ query: { limit: 200 } })
  const paths = ['/v1/stats', '/v1/stats/trends?days=2', '/v1/stats/top-costs', '/v1/search?q=a']
  paths.push('/v1/stats/top-duration', '/v1/traces/baseline')
  for (const { trace_id, total_cost_usd, total_tokens, start_time } of body.traces) {
    expect([total_cost_usd, start_time].every(Number.isFinite)).toBe(true)
    expect(Number.isSafeInteger(total_tokens)).toBe(true)
    if (trace_id === '' || trace_id.includes('/') || trace_id === '..') continue
    const path = `/v1/traces/${encodeURIComponent(trace_id)}`
    paths.push(path, `${path}/graph`, `${path}/export?format=otel`, `${path}/export?format=csv`)
    paths.push(`/v1/traces/export?trace_ids=${encodeURIComponent(trace_id)}`)
  }
  for (const path of paths) {
    const reply = await send(app.url, { path })
    expect(reply.status, `${path}: ${reply.text}`).toBe(200)
    if (reply.headers['content-type'] === 'application/json') JSON.parse(reply.text)
  }
}
