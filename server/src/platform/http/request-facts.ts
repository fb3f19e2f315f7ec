import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** What a surface may know about a request: plain data, no framework. */
export interface RequestFacts {
  readonly id: string
  readonly method: string
  /** The path as it was sent: not decoded, without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Of a repeated key the last value. */
  readonly query: Readonly<Record<string, string>>
  /** Address of the socket's other end; undefined once it is gone. */
  readonly peerAddress: string | undefined
}

export function parseQuery(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

export function searchOf(url: string): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start)
}

/** An address as it may be logged: keys in it, also under an escaped name, are not shown. */
export function withoutSecrets(url: string): string {
  return url.replaceAll(
    /([?&](?:api_key|ticket|code|state|setup_token|[^&=]*%[^&=]*)=)[^&]*/gi,
    '$1(secret)',
  )
}

export function factsOf(request: FastifyRequest): RequestFacts {
  const url = request.raw.url ?? '/'
  return {
    id: request.id,
    method: request.method,
    path: pathOf(url),
    headers: request.headers,
    query: parseQuery(searchOf(url)),
    peerAddress: request.raw.socket.remoteAddress,
  }
}
