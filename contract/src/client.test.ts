import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { beaconRoutes } from './beacon/routes.ts'
import type { TraceDetail } from './beacon/trace-shapes.ts'
import { ApiError, createClient } from './client.ts'
import { defineRoute } from './route.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly type: string | undefined
  readonly key: string | undefined
  readonly body: string
}

interface Answer {
  readonly status?: number
  readonly type?: string
  readonly body?: string
}

const open: Array<() => Promise<void>> = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

async function readSeen(request: IncomingMessage): Promise<Seen> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { method, url, headers } = request
  return { method, url, type: headers['content-type'], key: headers['x-api-key']?.toString(), body }
}

async function loopback(answer: Answer) {
  const seen: Seen[] = []
  const answerWith = async (request: IncomingMessage, response: ServerResponse) => {
    seen.push(await readSeen(request))
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json' })
    response.end(answer.body ?? '{}')
  }
  const server = createServer((request, response) => void answerWith(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  open.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { baseUrl: `http://127.0.0.1:${address.port}`, seen }
}

describe('createClient', () => {
  it('percent-encodes path parameters and sends only the query values that were given', async () => {
    const { baseUrl, seen } = await loopback({})
    const client = createClient(beaconRoutes, { baseUrl: `${baseUrl}/` })
    await client.getTrace({ params: { trace_id: 'a/b ü?' } })
    await client.listTraces({ query: { limit: 5, q: 'a&b', status: 'ok' } })
    await client.listTraces()
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/traces/a%2Fb%20%C3%BC%3F',
      'GET /v1/traces?limit=5&q=a%26b&status=ok',
      'GET /v1/traces',
    ])
    expect(seen[0]).toMatchObject({ type: undefined, body: '' })
  })

  it('sends the body as JSON with the headers of the client and of the call', async () => {
    const { baseUrl, seen } = await loopback({ body: '{"trace_id":"t","tags":{"a":"b"}}' })
    const client = createClient(beaconRoutes, { baseUrl, headers: { 'x-api-key': 'client' } })
    const input = { params: { trace_id: 't' }, body: { tags: { a: 'b' } } }
    const reply = await client.putTags(input)
    await client.putTags({ ...input, headers: { 'x-api-key': 'call' } })
    expect(reply).toMatchObject({ status: 200, body: { trace_id: 't', tags: { a: 'b' } } })
    expect(seen[0]).toEqual({
      method: 'PUT',
      url: '/v1/traces/t/tags',
      type: 'application/json',
      key: 'client',
      body: '{"tags":{"a":"b"}}',
    })
    expect(seen[1]?.key).toBe('call')
  })

  it('throws an error that holds status, parsed body and sentence when the call is refused', async () => {
    const { baseUrl } = await loopback({ status: 404, body: '{"detail":"Span not found"}' })
    const client = createClient(beaconRoutes, { baseUrl })
    const refusal = await client
      .getSpan({ params: { span_id: 'x' } })
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ApiError)
    expect(refusal).toMatchObject({
      status: 404,
      body: { detail: 'Span not found' },
      message: 'GET /v1/spans/{span_id} answered 404: Span not found',
    })
  })

  it('gives documents as text, also when they claim to be JSON and are not', async () => {
    const csv = await loopback({ type: 'text/csv; charset=utf-8', body: 'a,b\r\n' })
    const broken = await loopback({ body: '{"cut' })
    const params = { trace_id: 't' }
    const fromCsv = await createClient(beaconRoutes, csv).exportTrace({ params })
    const fromBroken = await createClient(beaconRoutes, broken).exportTrace({ params })
    expect(fromCsv.body).toBe('a,b\r\n')
    expect(fromBroken.body).toBe('{"cut')
  })

  it('refuses to call a path whose parameter is missing', async () => {
    const odd = defineRoute({
      method: 'GET',
      path: '/things/{thing_id}',
      summary: 'A route whose parameters are not declared',
      access: 'public',
      reply: { 200: z.string() },
    })
    const client = createClient({ odd }, { baseUrl: 'http://127.0.0.1:9' })
    await expect(client.odd()).rejects.toThrow('Path parameter thing_id')
  })

  it.each(['', '.', '..'])('refuses the id %j, which no path can name', async (span_id) => {
    const { baseUrl, seen } = await loopback({})
    const client = createClient(beaconRoutes, { baseUrl })
    await expect(client.getSpan({ params: { span_id } })).rejects.toThrow('No path can name')
    expect(seen).toEqual([])
  })

  it('stops waiting when its signal is aborted', async () => {
    const { baseUrl } = await loopback({})
    const client = createClient(beaconRoutes, { baseUrl })
    await expect(client.getStats({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
  })

  it('types each reply by its route and asks for what the route requires', () => {
    const client = createClient(beaconRoutes, { baseUrl: 'http://127.0.0.1:9' })
    type Got = Awaited<ReturnType<typeof client.getTrace>>
    expectTypeOf<Got['status']>().toEqualTypeOf<200>()
    expectTypeOf<Got['body']>().toEqualTypeOf<TraceDetail>()
    type Made = Awaited<ReturnType<typeof client.createPromptVersion>>
    expectTypeOf<Made['status']>().toEqualTypeOf<201>()
    expectTypeOf(client.getTrace).parameter(0).toHaveProperty('params')
    expectTypeOf<Parameters<typeof client.health>>().toExtend<[unknown?]>()
    // @ts-expect-error the path parameter is required
    expect(() => void client.getTrace().catch(() => undefined)).not.toThrow()
  })
})
