import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Sent {
  readonly method?: string
  /** Sent as it is: neither decoded nor normalised. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** One piece goes with its length; several go chunked. */
  readonly body?: string | Uint8Array | readonly Uint8Array[]
  /** Keeps its connections for more requests. */
  readonly agent?: Agent
}

export interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/**
 * One request, on a connection of its own unless there is an agent, with exactly the headers given
 * (and `Host`): unlike fetch it may name any host and origin, and it follows no redirect.
 */
export async function send(
  baseUrl: string,
  { method, path, headers, body, agent }: Sent,
): Promise<Received> {
  const { hostname: host, port } = new URL(baseUrl)
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const request = httpRequest(
    {
      host,
      port,
      path,
      method: method ?? 'GET',
      agent: agent ?? false,
      headers: headersOf(headers, body),
    },
    (reply) => {
      buffer(reply).then((bytes) => {
        const { statusCode: status = 0, headers } = reply
        resolve({ status, headers, text: bytes.toString('utf8') })
      }, reject)
    },
  )
  request.on('error', reject)
  const pieces = typeof body === 'string' || body instanceof Uint8Array ? [body] : (body ?? [])
  for (const piece of pieces) request.write(piece)
  request.end()
  return promise
}

function headersOf(headers: Sent['headers'], body: Sent['body']): Record<string, string> {
  const isWhole = typeof body === 'string' || body instanceof Uint8Array
  return {
    ...(isWhole ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    ...headers,
  }
}

/** Sends a value as JSON. */
export function sendJson(
  baseUrl: string,
  { value, ...rest }: Omit<Sent, 'body'> & { readonly value: unknown },
): Promise<Received> {
  const headers = { 'content-type': 'application/json', ...rest.headers }
  return send(baseUrl, { method: 'POST', ...rest, headers, body: JSON.stringify(value) })
}
