import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { HeaderMap } from './cors.ts'
import type { AnyReply, DocumentReply, ReadyText, StreamReply } from './surface.ts'

function asIs(payload: unknown): string {
  return String(payload)
}

export function writeHead(
  reply: FastifyReply,
  status: number,
  headers: HeaderMap | undefined,
): void {
  reply.code(status)
  reply.header('x-request-id', reply.request.id)
  reply.header('request-id', reply.request.id)
  reply.header('x-content-type-options', 'nosniff')
  reply.header('referrer-policy', 'no-referrer')
  if (!reply.hasHeader('x-frame-options')) reply.header('x-frame-options', 'DENY')
  if (headers !== undefined) reply.headers({ ...headers })
}

function sendReady(reply: FastifyReply, text: ReadyText): void {
  if (typeof text === 'string' || text instanceof Uint8Array) {
    reply.serializer(asIs).send(text)
    return
  }
  const lengthBytes = text.reduce((sum, part) => sum + part.byteLength, 0)
  reply.header('content-length', lengthBytes).send(Readable.from(text, { objectMode: false }))
}

const policyHeader = 'content-security-policy'
const nothingAtAll =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function isPage({ contentType }: DocumentReply<number>): boolean {
  return contentType.startsWith('text/html')
}

/** Sends a document with exactly the content type given. */
export function sendText(reply: FastifyReply, document: DocumentReply<number>): void {
  writeHead(reply, document.status, document.headers)
  // A length would be read as that of what the client has already.
  if (document.status === 304) {
    reply.send()
    return
  }
  reply.header('content-type', document.contentType)
  // A page that does not say what it needs may load and run nothing.
  if (isPage(document) && !reply.hasHeader(policyHeader)) reply.header(policyHeader, nothingAtAll)
  sendReady(reply, document.text)
}

/**
 * Sends a reply. Bytes are written without a copy. The identity serializer keeps the framework
 * from adding a charset to `application/json`.
 */
export function sendReply(
  reply: FastifyReply,
  answer: Exclude<AnyReply, StreamReply<number>>,
): void {
  if ('text' in answer) {
    sendText(reply, answer)
    return
  }
  writeHead(reply, answer.status, answer.headers)
  reply.header('content-type', 'application/json')
  sendReady(reply, 'json' in answer ? answer.json : JSON.stringify(answer.body))
}
