import { deflateSync, gzipSync } from 'node:zlib'
import { Reader } from 'protobufjs/minimal.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { encodeOtlp } from '../../support/encode-otlp.ts'

const mebibyte = 1024 * 1024
const traceId = '0af7651916cd43dd8448eb211c80319c'

function spanId(index: number): string {
  return index.toString(16).padStart(16, '0')
}

function requestOf(...spans: object[]): Uint8Array {
  return encodeOtlp({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

async function post(
  { url }: TestApp,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const reply = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': 'application/x-protobuf', ...headers },
  })
  const bytes = Buffer.from(await reply.arrayBuffer())
  return { status: reply.status, headers: reply.headers, bytes }
}

/** A google.rpc.Status: its code is field 1, its message field 2. */
function statusIn({ headers, bytes }: Reply): { code: number; message: string } {
  expect(headers.get('content-type')).toBe('application/x-protobuf')
  const reader = Reader.create(bytes)
  const status = { code: 0, message: '' }
  while (reader.pos < reader.len) {
    if (reader.tag() >>> 3 === 1) status.code = reader.int32()
    else status.message = reader.string()
  }
  return status
}

describe.each(['sqlite', 'postgres'] as const)('OTLP in protobuf [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const spanNames = async (): Promise<string[]> => {
    const { body } = await app.client.getTrace({ params: { trace_id: traceId } })
    return body.spans.map(({ name }) => name)
  }

  test('a success is the empty message', async () => {
    const reply = await post(app, requestOf({ traceId, spanId: spanId(1), name: 'plain' }))
    expect(reply).toMatchObject({ status: 200, bytes: Buffer.alloc(0) })
    expect(reply.headers.get('content-type')).toBe('application/x-protobuf')
    expect(reply.headers.get('content-length')).toBe('0')
    expect(await spanNames()).toContain('plain')
  })

  test('an empty body is a request without spans', async () => {
    expect(await post(app, new Uint8Array())).toMatchObject({ status: 200, bytes: Buffer.alloc(0) })
  })

  test('rejected spans are told in exactly the bytes of the specification', async () => {
    const good = { traceId, spanId: spanId(2), name: 'good' }
    const { status, bytes } = await post(
      app,
      requestOf(good, { traceId, spanId: 'abcd' }, { traceId: '00'.repeat(16), spanId: spanId(3) }),
    )
    expect(status).toBe(200)
    const message = 'spanId is not 8 bytes in hexadecimal; traceId is not 16 bytes in hexadecimal'
    const inner = Buffer.concat([
      Uint8Array.of(0x08, 0x02, 0x12, message.length),
      Buffer.from(message),
    ])
    expect(bytes).toEqual(Buffer.concat([Uint8Array.of(0x0a, inner.length), inner]))
    expect(await spanNames()).toContain('good')
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('a body may come as %s', async (encoding, pack) => {
    const body = requestOf({ traceId, spanId: spanId(encoding.length), name: encoding })
    expect(await post(app, pack(body), { 'content-encoding': encoding })).toMatchObject({
      status: 200,
    })
    expect(await spanNames()).toContain(encoding)
  })

  const large = (index: number) => ({
    traceId,
    spanId: spanId(index),
    name: `large ${index}`,
    attributes: [{ key: 'text', value: { stringValue: 'é'.repeat(5_000) } }],
  })

  test('a large body is decoded elsewhere, with the same result', async () => {
    const spans = Array.from({ length: 100 }, (_, index) => large(1000 + index))
    const body = requestOf(...spans, { traceId: 'ff', spanId: spanId(9) })
    expect(body.length).toBeGreaterThan(mebibyte / 2)
    const { status, bytes } = await post(app, body)
    expect(status).toBe(200)
    expect(bytes.toString()).toContain('traceId is not 16 bytes in hexadecimal')
    const { body: span } = await app.client.getSpan({ params: { span_id: spanId(1042) } })
    expect(span.attributes['text']).toBe('é'.repeat(5_000))
    expect((await spanNames()).filter((name) => name.startsWith('large'))).toHaveLength(100)
  })

  test.each([
    ['small', Buffer.from('this is no message')],
    ['large', Buffer.alloc(mebibyte / 2, 0xff)],
  ])('a %s body that cannot be decoded is a 400 with a status in protobuf', async (_, body) => {
    const reply = await post(app, body)
    expect(reply.status).toBe(400)
    const { code, message } = statusIn(reply)
    expect(code).toBe(3)
    expect(message).toMatch(/^The body is not an ExportTraceServiceRequest in protobuf: ./)
  })

  test('what cannot be inflated is a 400, an unknown encoding a 415', async () => {
    const corrupt = await post(app, Buffer.from('no gzip'), { 'content-encoding': 'gzip' })
    expect(corrupt.status).toBe(400)
    expect(statusIn(corrupt)).toEqual({ code: 3, message: 'The body is not gzip' })
    const unknown = await post(app, requestOf(), { 'content-encoding': 'zstd' })
    expect(unknown.status).toBe(415)
    expect(statusIn(unknown).code).toBe(3)
  })

  test('the inflated size counts against the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mebibyte + 1))
    expect(bomb.length).toBeLessThan(mebibyte)
    const reply = await post(app, bomb, { 'content-encoding': 'gzip' })
    expect(reply.status).toBe(413)
    expect(statusIn(reply)).toEqual({
      code: 3,
      message: `The body is larger than ${64 * mebibyte} bytes`,
    })
  })

  test('who may not send is told so in protobuf', async () => {
    const stranger = await post(app, requestOf(), { 'x-api-key': 'pharos_nobody-made-this' })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate')).toBe('Bearer')
    expect(statusIn(stranger).code).toBe(16)
    const reader = await app.createKey('traces:read')
    const reply = await post(app, requestOf(), { 'x-api-key': reader })
    expect(reply.status).toBe(403)
    expect(statusIn(reply).code).toBe(7)
    const writer = await app.createKey('traces:write')
    const { status } = await post(app, requestOf(), { authorization: `Bearer ${writer}` })
    expect(status).toBe(200)
  })

  test('nothing of this ended a thread', () => {
    expect(app.deaths).toEqual([])
  })
})
