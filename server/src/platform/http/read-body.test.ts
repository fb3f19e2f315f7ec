import { connect } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  echo,
  post,
  problemOf,
  sendBytes,
  serve,
  served,
  startSample,
  uploadThing,
} from '../../../test/support/sample-http.ts'

describe('a body', () => {
  it.each([undefined, 'text/plain', 'garbage', 'application/x-www-form-urlencoded', ';;'])(
    'with the content type %s is handed to the surface',
    async (type) => {
      await using server = await startSample()
      const { port } = server
      const typeLine = type === undefined ? '' : `content-type: ${type}\r\n`
      const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n'
      const text = await sendBytes(port, `${head}${typeLine}content-length: 11\r\n\r\n{"text":""}`)
      expect(text).toContain('HTTP/1.1 422')
      expect(text).toContain('"kind":"content-type"')
    },
  )

  it('may be chunked', async () => {
    await using server = await startSample()
    const { base } = server
    const stream = new Blob(['{"text":', '"ab"}']).stream()
    const reply = await fetch(`${base}/v1/echo`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'application/vnd.x+json' },
    })
    expect(await reply.json()).toEqual({ text: 'ab' })
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('may be compressed with %s', async (encoding, compress) => {
    await using server = await startSample()
    const { base } = server
    const body = compress(JSON.stringify({ text: 'x'.repeat(100_000) }))
    const reply = await post(base, body, { 'content-encoding': encoding })
    expect(((await reply.json()) as { text: string }).text).toHaveLength(100_000)
  })

  it('that is missing says so', async () => {
    await using server = await startSample()
    const { base } = server
    expect(await problemOf(await post(base, undefined))).toEqual({ kind: 'missing-body' })
    expect(await problemOf(await post(base, ''))).toEqual({ kind: 'missing-body' })
  })

  it('that is not JSON says where', async () => {
    await using server = await startSample()
    const { base } = server
    expect(await problemOf(await post(base, '{"text":NaN}'))).toMatchObject({
      kind: 'not-json',
      offset: 8,
    })
  })

  it('that does not fit the schema says what', async () => {
    await using server = await startSample()
    const { base } = server
    const said = await problemOf(await post(base, '{"text":1}'))
    expect(said).toMatchObject({ kind: 'schema', part: 'body', input: { text: 1 } })
    expect(said['issues']).toMatchObject([{ path: ['text'] }])
  })

  it.each([
    ['declared', {}, Buffer.alloc(1024 * 1024 + 1, 32)],
    ['inflated', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  ])('past the limit is refused by its %s size, and the connection survives', async (...given) => {
    const [, headers, body] = given
    await using server = await startSample()
    const { base, http } = server
    const said = await problemOf(await post(base, body, headers))
    expect(said).toEqual({ kind: 'too-large', limitBytes: 1024 * 1024 })
    expect(http.budget.heldBytes).toBe(0)
    expect((await post(base, '{"text":""}')).status).toBe(200)
  })

  it('past the limit is refused while it is being sent in chunks', async () => {
    await using server = await startSample()
    const { base, http } = server
    const chunk = Buffer.alloc(256 * 1024, 32)
    const stream = ReadableStream.from(Array.from({ length: 40 }, () => chunk))
    const init = { method: 'POST', body: stream, duplex: 'half' } as const
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(`${base}/v1/echo`, { ...init, headers })
    expect(await problemOf(reply)).toMatchObject({ kind: 'too-large' })
    expect(http.budget.heldBytes).toBe(0)
  })

  it('that is corrupt or packed in an unknown way is refused', async () => {
    await using server = await startSample()
    const { base, http } = server
    const corrupt = await post(base, '{"text":""}', { 'content-encoding': 'gzip' })
    expect(await problemOf(corrupt)).toMatchObject({ kind: 'content-encoding', encoding: 'gzip' })
    const unknown = await post(base, '{"text":""}', { 'content-encoding': 'br' })
    expect(await problemOf(unknown)).toMatchObject({ kind: 'content-encoding', encoding: 'br' })
    const cut = await post(base, gzipSync('{"text":""}').subarray(0, 15), {
      'content-encoding': 'gzip',
    })
    expect(await problemOf(cut)).toMatchObject({ kind: 'content-encoding' })
    expect(http.budget.heldBytes).toBe(0)
  })

  it('may be taken raw, in memory of its own', async () => {
    const sizes: number[] = []
    const route = { ...uploadThing, path: '/v1/raw' } as const
    await using server = await startSample([
      serve(
        route,
        ({ rawBody }) => {
          sizes.push(rawBody.byteLength, rawBody.buffer.byteLength)
          return { status: 200, body: { bytes: rawBody.length } }
        },
        { rawBody: true, acceptsType: () => true },
      ),
    ])
    const { base } = server
    const reply = await fetch(`${base}/v1/raw`, { method: 'PUT', body: 'abc' })
    expect(await reply.json()).toEqual({ bytes: 3 })
    expect(sizes).toEqual([3, 3])
  })

  it('of a client that leaves half-way gives its memory back', async () => {
    await using server = await startSample()
    const { port, http } = server
    const socket = connect(port, '127.0.0.1')
    const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    socket.write(`${head}content-length: 1000\r\n\r\n{"text":`)
    await expect.poll(() => http.budget.heldBytes).toBe(1000)
    socket.destroy()
    await expect.poll(() => http.budget.heldBytes).toBe(0)
  })

  it('that stands still ends the connection', async () => {
    await using server = await startSample(served, { bodyStallMs: 50 })
    const { port, http } = server
    const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    expect(await sendBytes(port, `${head}content-length: 1000\r\n\r\n{"text":`)).toBe('')
    await expect.poll(() => http.budget.heldBytes).toBe(0)
  })
})

describe('memory for bodies', () => {
  it('spent by others makes a request wait, then refuses it, and is given back', async () => {
    const gate = Promise.withResolvers<void>()
    await using server = await startSample(
      [
        serve(echo, async ({ body }) => {
          if (body.text === 'hold') await gate.promise
          return { status: 200, body }
        }),
      ],
      { bodyBudgetBytes: 40, bodyWaitMs: 50 },
    )
    const { base, http } = server
    const holding = post(base, '{"text":"hold", "pad":"12345678"}')
    await expect.poll(() => http.budget.heldBytes).toBeGreaterThan(30)
    const refused = await post(base, '{"text":"b"}')
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await problemOf(refused)).toEqual({ kind: 'busy', retryAfterSeconds: 1 })
    gate.resolve()
    expect((await holding).status).toBe(200)
    expect((await post(base, '{"text":"b"}')).status).toBe(200)
  })
})
