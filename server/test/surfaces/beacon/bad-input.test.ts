import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import { wireSpan } from '../../support/wire-spans.ts'

const nul = '\0'
const lone = '\ud800'

describe.each(['sqlite', 'postgres'] as const)('Bad input (rulings §11) [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const get = (path: string): Promise<Received> => send(app.url, { path })
  const post = (text: string | Uint8Array, path = '/v1/spans'): Promise<Received> =>
    send(app.url, {
      method: 'POST',
      path,
      body: text,
      headers: { 'content-type': 'application/json' },
    })
  const postSpan = (fields: object, changes: (text: string) => string = (text) => text) =>
    post(changes(JSON.stringify({ spans: [{ ...wireSpan(), ...fields }] })))
  const typesOf = ({ text }: Received): unknown[] => {
    const { detail } = JSON.parse(text) as { detail: { type: string; loc: unknown[] }[] }
    return detail.map(({ type, loc }) => [type, ...loc])
  }

  test.each(['NaN', 'Infinity', '-Infinity'])('%s is not JSON', async (word) => {
    const inAttributes = await postSpan({ span_id: 'nan', attributes: { x: 'HERE' } }, (text) =>
      text.replace('"HERE"', word),
    )
    const asTime = await postSpan({ span_id: 'nan', start_time: 'HERE' }, (text) =>
      text.replace('"HERE"', word),
    )
    for (const reply of [inAttributes, asTime]) {
      expect(reply.status).toBe(422)
      expect(typesOf(reply)).toMatchObject([['json_invalid', 'body', expect.any(Number)]])
    }
    expect((await get('/v1/spans/nan')).status).toBe(404)
  })

  test('a number that overflows is refused as a time, and null among attributes', async () => {
    const overflow = (text: string): string => text.replaceAll('"HUGE"', '1e999')
    const refused = await postSpan({ start_time: 'HUGE', end_time: 'HUGE' }, overflow)
    expect(refused.status).toBe(422)
    expect(typesOf(refused)).toEqual([
      ['finite_number', 'body', 'spans', 0, 'start_time'],
      ['finite_number', 'body', 'spans', 0, 'end_time'],
    ])
    const attributes = { 'llm.cost_usd': 'HUGE', 'llm.tokens.total': 'HUGE', list: ['HUGE', 1] }
    const taken = await postSpan(
      { span_id: 'huge', trace_id: 'huge', span_type: 'llm_call', attributes },
      overflow,
    )
    expect(taken.status).toBe(200)
    expect(JSON.parse((await get('/v1/traces/huge')).text)).toMatchObject({
      total_cost_usd: 0,
      total_tokens: 0,
      spans: [
        {
          attributes: {
            'llm.cost_usd': null,
            'llm.tokens.total': null,
            list: [null, 1],
          },
        },
      ],
    })
    const old = await sendJson(app.url, {
      method: 'DELETE',
      path: '/v1/traces',
      value: { older_than: '1e999' },
    })
    expect(typesOf(old)).toEqual([['finite_number', 'body', 'older_than']])
  })

  test('extreme times and figures are read as numbers', async () => {
    const spans = [-1.7e308, 1.7e308].map((start_time, index) =>
      wireSpan({
        span_id: `extreme-${index}`,
        trace_id: 'extreme',
        span_type: 'llm_call',
        start_time,
        end_time: 1.7e308,
        attributes: {
          'llm.cost_usd': 1.7e308,
          'llm.tokens.total': 1e30,
        },
      }),
    )
    expect(await sendJson(app.url, { path: '/v1/spans', value: { spans } })).toMatchObject({
      status: 200,
    })
    const trace = JSON.parse((await get('/v1/traces/extreme')).text)
    expect(Number.isFinite(trace.spans[0].duration_ms)).toBe(true)
    expect(Number.isFinite(trace.total_cost_usd)).toBe(true)
    expect(Number.isInteger(trace.total_tokens)).toBe(true)
    for (const path of [
      '/v1/traces',
      '/v1/traces/extreme/graph',
      '/v1/traces/extreme/export',
      '/v1/traces/extreme/export?format=otel',
      '/v1/traces/extreme/export?format=csv',
      '/v1/stats',
      '/v1/stats/trends',
      '/v1/stats/top-costs',
      '/v1/stats/top-duration',
    ]) {
      expect(`${(await get(path)).status} ${path}`).toBe(`200 ${path}`)
    }
    const { body } = await app.client.getTrends({ query: { days: 1 } })
    expect(Number.isFinite(body.buckets[0]?.total_cost)).toBe(true)
    await app.client.deleteTrace({ params: { trace_id: 'extreme' } })
  })

  test.each([
    ['U+0000', nul],
    ['a lone surrogate', lone],
  ])('%s is replaced in names and kept in payloads', async (name, sign) => {
    const odd = `a${sign}b`
    const ids = { span_id: `odd ${name}`, trace_id: `odd trace ${name}` }
    const attributes = { [odd]: odd, deep: [{ [odd]: odd }], 'agent.framework': odd }
    const fields = { name: odd, error_message: odd, sdk_language: odd, attributes }
    expect(await postSpan({ ...ids, span_type: 'llm_call', ...fields })).toMatchObject({
      status: 200,
      text: '{"accepted":1,"rejected":0}',
    })
    const span = await get(`/v1/spans/${encodeURIComponent(ids.span_id)}`)
    expect(JSON.parse(span.text)).toMatchObject({
      name: 'a�b',
      error_message: 'a�b',
      sdk_language: 'a�b',
      attributes,
    })
    const params = { trace_id: ids.trace_id }
    await app.client.putTags({ params, body: { tags: { [odd]: odd } } })
    const note = { id: 'n', text: odd, created_at: 1 }
    const noted = await app.client.putAnnotations({
      params: { span_id: ids.span_id },
      body: { annotations: [note] },
    })
    const saved = await app.client.createPromptVersion({
      params: { span_id: ids.span_id },
      body: { prompt_text: odd, label: odd },
    })
    expect(saved.body).toMatchObject({ prompt_text: 'a\ufffdb', label: 'a\ufffdb' })
    const { body: trace } = await app.client.getTrace({ params })
    expect(trace).toMatchObject({ name: 'a\ufffdb', tags: { 'a\ufffdb': 'a\ufffdb' } })
    expect(trace.spans[0]?.annotations).toEqual(noted.body.annotations)
    const { body: graph } = await app.client.getTraceGraph({ params })
    expect(graph.nodes[0]?.data.framework).toBe('a\ufffdb')
    const { body: file } = await app.client.exportTrace({ params })
    await app.client.deleteTrace({ params })
    const unclean = JSON.stringify(file).replaceAll('\ufffd', JSON.stringify(sign).slice(1, -1))
    expect(await post(unclean, '/v1/traces/import')).toMatchObject({ status: 200 })
    const again = await app.client.getTrace({ params })
    expect(again.body).toEqual(trace)
  })

  test('an id with U+0000 or a lone surrogate is refused wherever it may stand', async () => {
    const bad = { span_id: nul, trace_id: lone, parent_span_id: `x${nul}` }
    const refused = await postSpan(bad)
    expect(refused.status).toBe(422)
    expect(typesOf(refused)).toEqual([
      ['string_unicode', 'body', 'spans', 0, 'span_id'],
      ['string_unicode', 'body', 'spans', 0, 'trace_id'],
      ['string_unicode', 'body', 'spans', 0, 'parent_span_id'],
    ])
    for (const path of ['/v1/spans/%00', '/v1/traces/a%00', '/v1/traces/%00/export']) {
      const reply = await get(path)
      expect(`${reply.status} ${path}`).toBe(`422 ${path}`)
      expect(typesOf(reply)).toMatchObject([['string_unicode', 'path', expect.any(String)]])
    }
    const spans = [{ traceId: `t${nul}`, spanId: lone, name: 'n' }]
    const otlp = await sendJson(app.url, {
      path: '/v1/otlp/traces',
      value: { resourceSpans: [{ scopeSpans: [{ spans }] }] },
    })
    expect(otlp.status).toBe(200)
    expect(JSON.parse(otlp.text)).toMatchObject({ accepted: 0 })
  })

  test('names that cannot be stored are asked for in vain, and harm nothing', async () => {
    for (const path of [
      '/v1/traces/export?trace_ids=%00,x',
      '/v1/traces/baseline?exclude=%00',
      '/v1/traces?q=%00&sdk_language=%00&tag=%00:%00',
      '/v1/search?q=%00',
      '/v1/search?q=%ED%A0%80',
    ]) {
      expect(`${(await get(path)).status} ${path}`).toBe(`200 ${path}`)
    }
    for (const path of ['/v1/traces/%zz', '/v1/spans/%FF', `/v1/traces/${'x'.repeat(2000)}`]) {
      expect(`${(await get(path)).status} ${path}`).toBe(`404 ${path}`)
    }
    const deletion = await sendJson(app.url, {
      method: 'DELETE',
      path: '/v1/traces',
      value: { trace_ids: [nul, lone, ''] },
    })
    expect(deletion).toMatchObject({ status: 200, text: '{"deleted_count":0}' })
    const key = await sendJson(app.url, {
      method: 'PUT',
      path: '/v1/settings/api-keys',
      value: {
        provider: 'openai',
        api_key: `k${nul}${lone}ey12345`,
      },
    })
    expect([200, 400]).toContain(key.status)
    expect((await get('/v1/settings/api-keys')).status).toBe(200)
  })

  test('JSON 200 levels deep is stored and read in every form, 201 is refused', async () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
    // The body, the list of spans, the span and its attributes are levels too.
    const span = JSON.stringify(wireSpan({ span_id: 'deep', trace_id: 'deep' }))
    const body = (levels: number): string =>
      `{"spans":[${span.replace('"attributes":{}', `"attributes":{"x":${nested(levels)}}`)}]}`
    const refused = await post(body(197))
    expect(refused.status).toBe(422)
    expect(typesOf(refused)).toMatchObject([['json_invalid', 'body', expect.any(Number)]])
    expect(await post(body(196))).toMatchObject({ status: 200 })
    for (const format of ['json', 'otel', 'csv']) {
      expect((await get(`/v1/traces/deep/export?format=${format}`)).status).toBe(200)
    }
    const { body: file } = await app.client.exportTrace({ params: { trace_id: 'deep' } })
    await app.client.deleteTrace({ params: { trace_id: 'deep' } })
    expect(await post(JSON.stringify(file), '/v1/traces/import')).toMatchObject({ status: 200 })
    const bomb = await post('['.repeat(5_000_000), '/v1/traces/import')
    expect(bomb.status).toBe(422)
  })

  test('an error array has at most 100 items, none longer than a screen', async () => {
    const spans = Array.from({ length: 300 }, () => ({ name: 5, attributes: 'x'.repeat(100_000) }))
    const small = await post(JSON.stringify({ spans: spans.map(() => ({ name: 5 })) }))
    const large = await post(JSON.stringify({ spans }))
    for (const reply of [small, large]) {
      expect(reply.status).toBe(422)
      expect(typesOf(reply)).toHaveLength(100)
      expect(reply.text.length).toBeLessThan(200_000)
    }
  })

  test('bytes that are not UTF-8 are refused', async () => {
    const text = JSON.stringify({ spans: [wireSpan({ span_id: 'latin', name: 'caf?' })] })
    const bytes = Buffer.from(text)
    bytes[bytes.indexOf('caf?') + 3] = 0xe9
    const reply = await post(bytes)
    expect(reply.status).toBe(422)
    expect(typesOf(reply)).toMatchObject([['json_invalid', 'body', expect.any(Number)]])
  })

  test('keys that mean something to JavaScript are keys like any other', async () => {
    const span = JSON.stringify(wireSpan({ span_id: 'proto', trace_id: 'proto' }))
    const attributes = '{"__proto__":{"polluted":true},"constructor":1,"toString":"x"}'
    await post(`{"spans":[${span.replace('"attributes":{}', `"attributes":${attributes}`)}]}`)
    for (const path of ['/v1/spans/proto', '/v1/traces/proto', '/v1/traces/proto/export']) {
      expect((await get(path)).text).toContain(attributes)
    }
    const otel = await get('/v1/traces/proto/export?format=otel')
    expect(otel.text).toContain('"key": "__proto__"')
    expect('polluted' in {}).toBe(false)
  })
})
