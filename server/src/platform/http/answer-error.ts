import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../domain-error.ts'
import type { HeaderMap } from './cors.ts'
import { ClientGone, InputError } from './input-error.ts'
import type { SurfaceFace } from './mounted-route.ts'
import { discardRest } from './read-body.ts'
import { factsOf } from './request-facts.ts'
import { sendReply } from './send-reply.ts'
import type { ErrorReply } from './surface.ts'

const discardBytes = 256 * 1024 * 1024
const discardMs = 10_000

function headersOf(error: unknown): HeaderMap {
  if (!(error instanceof InputError)) return {}
  const { problem } = error
  if (problem.kind === 'busy') return { 'retry-after': String(problem.retryAfterSeconds) }
  if (problem.kind === 'method-not-allowed') return { allow: problem.allow.join(', ') }
  return {}
}

function isKnown(error: unknown): boolean {
  return error instanceof InputError || error instanceof DomainError
}

function translate(surface: SurfaceFace, error: unknown, request: FastifyRequest): ErrorReply {
  if (!isKnown(error)) request.log.error({ err: error }, 'request failed')
  try {
    return surface.toErrorReply(error, factsOf(request))
  } catch (failure) {
    request.log.error({ err: failure }, 'an error could not be translated')
    return { status: 500, body: { error: 'Internal Server Error' } }
  }
}

/**
 * Answers an error in the surface's words, with `Allow` or `Retry-After` where they belong; what
 * is left of the request's body is read away. A client that is gone gets nothing.
 */
export function answerError(
  surface: SurfaceFace,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof ClientGone || request.raw.socket.destroyed) {
    reply.hijack()
    request.raw.socket.destroy()
    return
  }
  const answer = translate(surface, error, request)
  reply.headers({ ...surface.headers })
  sendReply(reply, { ...answer, headers: { ...headersOf(error), ...answer.headers } })
  if (!request.ws) discardRest(request.raw, discardBytes, discardMs)
}
