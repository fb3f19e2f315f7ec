import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pino } from 'pino'
import { z } from 'zod'
import { DomainError } from '../../src/platform/domain-error.ts'
import type { CorsPolicy } from '../../src/platform/http/cors.ts'
import { createHttp, type HttpOptions } from '../../src/platform/http/http.ts'
import { InputError } from '../../src/platform/http/input-error.ts'
import { listen, type Listening } from '../../src/platform/http/listen.ts'
import { mountSurface } from '../../src/platform/http/mount-surface.ts'
import type { Http } from '../../src/platform/http/mounted-route.ts'
import {
  serving,
  type HttpRoute,
  type ServedRoute,
  type Surface,
} from '../../src/platform/http/surface.ts'

export type SampleAccess = 'public' | 'secret'

export const serve = serving<string, SampleAccess>()

export const echo = {
  method: 'POST',
  path: '/v1/echo',
  access: 'public',
  body: z.object({ text: z.string() }),
  reply: { 200: z.object({ text: z.string() }) },
} as const satisfies HttpRoute<SampleAccess>

export const readThing = {
  method: 'GET',
  path: '/v1/things/{thing_id}',
  access: 'public',
  params: z.object({ thing_id: z.string() }),
  query: z.object({ limit: z.string().optional() }),
  reply: { 200: z.object({ id: z.string(), limit: z.string().nullable(), caller: z.string() }) },
} as const satisfies HttpRoute<SampleAccess>

export const exportThings = {
  method: 'GET',
  path: '/v1/things/export',
  access: 'public',
  reply: { 200: { media: 'text/csv; charset=utf-8' } },
} as const satisfies HttpRoute<SampleAccess>

export const uploadThing = {
  method: 'PUT',
  path: '/v1/things/{thing_id}',
  access: 'public',
  reply: { 200: z.object({ bytes: z.number() }) },
} as const satisfies HttpRoute<SampleAccess>

const secret = {
  method: 'POST',
  path: '/v1/secret',
  access: 'secret',
  body: z.unknown(),
  reply: { 200: z.unknown() },
} as const satisfies HttpRoute<SampleAccess>

export const served = [
  serve(echo, ({ body }) => ({ status: 200, body: { text: body.text } })),
  serve(readThing, ({ params, query, caller }) => ({
    status: 200,
    body: { id: params.thing_id, limit: query.limit ?? null, caller },
  })),
  serve(exportThings, () => ({
    status: 200,
    text: 'a,b\r\n',
    contentType: 'text/csv; charset=utf-8',
    headers: { 'content-disposition': 'attachment; filename="things.csv"' },
  })),
  serve(uploadThing, ({ rawBody }) => ({ status: 200, body: { bytes: rawBody.length } }), {
    rawBody: true,
    acceptsType: () => true,
  }),
  serve(secret, () => ({ status: 200, body: 1 })),
]

const cors: CorsPolicy = { origins: ['http://localhost:5173'], maxAgeSeconds: 600 }

export function surfaceOf(
  routes: ServedRoute<string, SampleAccess>[],
): Surface<string, SampleAccess> {
  return {
    name: 'sample',
    routes,
    bodyLimitBytes: 1024 * 1024,
    cors,
    quirks: { redirectsTrailingSlash: true, refusesEncodedSlash: true },
    resolveCaller: async (_request, access) => {
      if (access === 'secret') throw new DomainError('unauthenticated', 'who are you')
      return 'someone'
    },
    toErrorReply: (error) => {
      if (error instanceof InputError) return { status: 422, body: { detail: error.problem } }
      if (error instanceof DomainError) return { status: 401, body: { detail: error.message } }
      return { status: 500, body: { detail: 'Internal Server Error' } }
    },
  }
}

export interface SampleServer extends AsyncDisposable {
  readonly base: string
  readonly port: number
  readonly http: Http
  readonly listening: Listening
}

/** A real server on a free port with one small surface. */
export async function startSample(
  routes: ServedRoute<string, SampleAccess>[] = served,
  options: Partial<HttpOptions> = {},
): Promise<SampleServer> {
  const logger = pino({ level: 'silent' })
  const http = createHttp({ logger, surfaceOfPath: () => 'sample', ...options })
  mountSurface(http, surfaceOf(routes))
  const listening = await listen(http, { hosts: ['127.0.0.1'], port: 0, drainMs: 500 })
  const [address] = listening.addresses
  if (address === undefined) throw new Error('listens nowhere')
  const { url: base, port } = address
  return { base, port, http, listening, [Symbol.asyncDispose]: () => listening.close() }
}

export function post(
  base: string,
  body: RequestInit['body'],
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${base}/v1/echo`, {
    method: 'POST',
    body: body ?? null,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

export async function problemOf(
  reply: Response,
): Promise<{ kind: string; [key: string]: unknown }> {
  const { detail } = (await reply.json()) as { detail: { kind: string } }
  return detail
}

/** fetch normalises paths; this sends them as they are. */
export async function sendRaw(
  port: number,
  options: { method?: string; path: string; headers?: Record<string, string> },
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    headers: IncomingHttpHeaders
    text: string
  }>()
  httpRequest({ host: '127.0.0.1', port, agent: false, ...options }, (reply) => {
    const chunks: Buffer[] = []
    reply.on('data', (chunk: Buffer) => chunks.push(chunk))
    reply.on('end', () =>
      resolve({
        status: reply.statusCode ?? 0,
        headers: reply.headers,
        text: Buffer.concat(chunks).toString(),
      }),
    )
  })
    .on('error', reject)
    .end()
  return promise
}

/** All that the server says to these bytes until it ends the connection. */
export async function sendBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return (await buffer(socket)).toString()
}
