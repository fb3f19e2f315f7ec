import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson, type Received, type Sent } from '../../support/http-request.ts'
import { wireSpan, wireTrace } from '../../support/wire-spans.ts'

const mebibyte = 1024 * 1024

describe.each(['sqlite', 'postgres'] as const)('Bodies of requests [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const post = (
    body: NonNullable<Sent['body']>,
    headers: Record<string, string> = {},
    path = '/v1/spans',
  ): Promise<Received> =>
    send(app.url, {
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
  const spansOf = async (traceId: string): Promise<unknown[]> => {
    const { body } = await app.client.getTrace({ params: { trace_id: traceId } })
    return body.spans
  }

  test('may come in chunks of any size (§1.0 Transfer)', async () => {
    const bytes = Buffer.from(JSON.stringify({ spans: wireTrace('chunked', 40) }))
    const pieces = Array.from({ length: Math.ceil(bytes.length / 700) }, (_, index) =>
      bytes.subarray(index * 700, (index + 1) * 700),
    )
    expect(await post(pieces)).toMatchObject({ status: 200, text: '{"accepted":40,"rejected":0}' })
    expect(await spansOf('chunked')).toHaveLength(40)
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('may be compressed with %s', async (encoding, compress) => {
    const body = compress(JSON.stringify({ spans: wireTrace(encoding, 3) }))
    const reply = await post(body, { 'content-encoding': encoding })
    expect(reply).toMatchObject({ status: 200, text: '{"accepted":3,"rejected":0}' })
    expect(await spansOf(encoding)).toHaveLength(3)
  })

  test('are refused when their compression is broken or unknown', async () => {
    const broken = await post(Buffer.from('not gzip'), { 'content-encoding': 'gzip' })
    const unknown = await post(Buffer.from('{"spans":[]}'), { 'content-encoding': 'br' })
    for (const { status, text } of [broken, unknown]) {
      expect(status).toBe(422)
      expect(JSON.parse(text)).toMatchObject({ detail: [{ type: 'json_invalid' }] })
    }
  })

  test('of twelve megabytes are stored whole (§1.0 Body size)', async () => {
    const screenshot = 'iVBOR'.repeat(100_000)
    const spans = wireTrace('large', 25).map((span) => ({
      ...span,
      span_type: 'browser_action' as const,
      attributes: { 'browser.screenshot': screenshot },
    }))
    const body = JSON.stringify({ spans })
    expect(body.length).toBeGreaterThan(12 * mebibyte * 0.99)
    expect(await post(body)).toMatchObject({ status: 200, text: '{"accepted":25,"rejected":0}' })
    const stored = await spansOf('large')
    expect(stored).toHaveLength(25)
    expect(stored[24]).toMatchObject({ attributes: { 'browser.screenshot': screenshot } })
  })

  test('above 256 KiB are stored and refused exactly as small ones are', async () => {
    const filler = { filler: 'x'.repeat(300 * 1024) }
    const good = wireSpan({ span_id: 'beside', trace_id: 'beside', attributes: filler })
    const bad = { ...good, span_id: 'bad', status: 'OK', start_time: 'soon' }
    const taken = await sendJson(app.url, { path: '/v1/spans', value: { spans: [good] } })
    expect(taken).toMatchObject({ status: 200, text: '{"accepted":1,"rejected":0}' })
    const refused = await sendJson(app.url, { path: '/v1/spans', value: { spans: [good, bad] } })
    expect(refused.status).toBe(422)
    expect(JSON.parse(refused.text)).toMatchObject({
      detail: [
        { type: 'enum', loc: ['body', 'spans', 1, 'status'], input: 'OK' },
        { type: 'float_parsing', loc: ['body', 'spans', 1, 'start_time'], input: 'soon' },
      ],
    })
    const broken = `${JSON.stringify({ spans: [good] }).slice(0, -1)}x`
    const unparsed = await post(broken)
    expect(unparsed.status).toBe(422)
    expect(JSON.parse(unparsed.text)).toMatchObject({
      detail: [{ type: 'json_invalid', loc: ['body', broken.length - 1] }],
    })
    expect(await spansOf('beside')).toMatchObject([{ attributes: filler }])
  })

  test('of imports above 256 KiB are taken and refused as small ones are', async () => {
    await app.client.ingestSpans({ body: { spans: wireTrace('big import', 3) } })
    const { body: file } = await app.client.exportTrace({ params: { trace_id: 'big import' } })
    const large = { ...(file as object), filler: 'x'.repeat(300 * 1024) }
    const path = '/v1/traces/import'
    const version = await sendJson(app.url, { path, value: { ...large, version: '2' } })
    expect(version.text).toBe(`{"detail":"Unsupported export version: '2' (expected '1')"}`)
    expect(version.status).toBe(400)
    expect(await sendJson(app.url, { path, value: large })).toMatchObject({ status: 409 })
    await app.client.deleteTrace({ params: { trace_id: 'big import' } })
    expect(await sendJson(app.url, { path, value: large })).toMatchObject({
      status: 200,
      text: '{"trace_id":"big import","span_count":3}',
    })
  })

  test('for OTLP above 256 KiB are taken and refused as small ones are', async () => {
    const spans = Array.from({ length: 500 }, (_, index) => ({
      traceId: 'otlp-large',
      spanId: `otlp-${index}`,
      name: 'n',
      startTimeUnixNano: String(1_000_000_000 + index),
      attributes: [{ key: 'filler', value: { stringValue: 'x'.repeat(1000) } }],
    }))
    const value = { resourceSpans: [{ scopeSpans: [{ spans }] }] }
    const reply = await sendJson(app.url, { path: '/v1/otlp/traces', value })
    expect(reply).toMatchObject({ status: 200, text: '{"accepted":500,"rejected":0}' })
    expect(await spansOf('otlp-large')).toHaveLength(500)
    const list = await sendJson(app.url, { path: '/v1/otlp/traces', value: [value] })
    expect(list.status).toBe(422)
    expect(JSON.parse(list.text)).toMatchObject({ detail: [{ type: 'dict_type', loc: ['body'] }] })
  })

  test('above 64 MiB are refused, declared, chunked or inflated', async () => {
    const piece = Buffer.alloc(mebibyte, ' ')
    const pieces = Array.from({ length: 65 }, () => piece)
    const inflating = gzipSync(Buffer.concat(pieces))
    const replies = [
      await post(Buffer.concat(pieces)),
      await post(pieces),
      await post(inflating, { 'content-encoding': 'gzip' }),
    ]
    for (const { status, text } of replies) {
      expect(status).toBe(413)
      expect(JSON.parse(text)).toEqual({ detail: expect.any(String) })
    }
  })

  test('that come fifty at a time are all answered and counted (§13.2)', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        app.client.ingestSpans({ body: { spans: wireTrace(`parallel-${index}`, 10) } }),
      ),
    )
    expect(replies.map(({ body }) => body)).toEqual(
      replies.map(() => ({ accepted: 10, rejected: 0 })),
    )
    const { body } = await app.client.listTraces({ query: { q: 'step 0', limit: 200 } })
    const counts = body.traces.filter(({ trace_id }) => trace_id.startsWith('parallel-'))
    expect(counts.map(({ span_count }) => span_count)).toEqual(Array.from({ length: 50 }, () => 10))
  })

  test('keep the order of the keys of attributes', async () => {
    const text = '{"z":1,"a":{"y":2,"b":[{"q":1,"c":2}]},"10":3,"llm.model":"m"}'
    const span = JSON.stringify(wireSpan({ span_id: 'ordered', trace_id: 'ordered' }))
    await post(`{"spans":[${span.replace('"attributes":{}', `"attributes":${text}`)}]}`)
    const reply = await send(app.url, { path: '/v1/spans/ordered' })
    expect(reply.text).toContain('"z":1,"a":{"y":2,"b":[{"q":1,"c":2}]}')
    expect(reply.text).toContain('"llm.model":"m"')
  })

  test('come back whole: an exported trace is imported again as it was (§1.3-10)', async () => {
    const spans = wireTrace('round trip', 4)
    await app.client.ingestSpans({ body: { spans } })
    await app.client.putTags({
      params: { trace_id: 'round trip' },
      body: { tags: { baseline: 'true', ключ: 'значение' } },
    })
    await app.client.putAnnotations({
      params: { span_id: 'round trip-2' },
      body: { annotations: [{ id: 'n', text: 'look "here"\n', created_at: 12.5 }] },
    })
    const params = { trace_id: 'round trip' }
    const before = await app.client.getTrace({ params })
    const { body: file } = await app.client.exportTrace({ params })
    await app.client.deleteTrace({ params })
    await sendJson(app.url, { path: '/v1/traces/import', value: file })
    const after = await app.client.getTrace({ params })
    expect(after.body).toEqual(before.body)
    expect(after.body.spans[2]?.annotations).toEqual([
      { id: 'n', text: 'look "here"\n', created_at: 12.5 },
    ])
  })

  test('come back whole: an OTLP export is ingested again under new ids (Appendix B)', async () => {
    const attributes = { text: 'x', whole: 3, part: 0.5, yes: true, no: false, list: [1, 'a'] }
    const spans = [
      wireSpan({ span_id: 'o-1', trace_id: 'otlp', span_type: 'agent_step', name: 'root' }),
      wireSpan({
        span_id: 'o-2',
        trace_id: 'otlp',
        parent_span_id: 'o-1',
        span_type: 'llm_call',
        name: 'ask',
        status: 'error',
        error_message: 'boom',
        attributes,
      }),
    ]
    await app.client.ingestSpans({ body: { spans } })
    const { text } = await send(app.url, { path: '/v1/traces/otlp/export?format=otel' })
    expect(text.startsWith('{\n  "resourceSpans": [\n    {\n')).toBe(true)
    const renamed = text.replaceAll('"otlp"', '"otlp-2"').replaceAll('"o-', '"p-')
    expect(await post(renamed, {}, '/v1/otlp/traces')).toMatchObject({ status: 200 })
    const { body } = await app.client.getTrace({ params: { trace_id: 'otlp-2' } })
    const [root, ask] = body.spans
    expect(body).toMatchObject({ name: 'root', span_count: 2, status: 'error' })
    expect(root).toMatchObject({ span_type: 'agent_step', name: 'root', status: 'ok' })
    expect(root).toMatchObject({ start_time: 1_700_000_000.25, end_time: 1_700_000_001 })
    expect(ask).toMatchObject({ parent_span_id: 'p-1', span_type: 'llm_call', name: 'ask' })
    expect(ask).toMatchObject({ status: 'error', error_message: 'boom', attributes })
  })
})
