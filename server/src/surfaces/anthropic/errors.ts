import type { AnthropicError } from '@pharos/contract/anthropic/errors.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { errorStatus } from '../../platform/http/error-status.ts'
import { fieldPath, withField } from '../../platform/http/field-path.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { errorTypeOf } from './error-type.ts'

/**
 * What a thrown error may say beside its code: verbs give `reason`, `param` and `headers`; a
 * provider's own refusal, made by `toRefusal`, brings status and type with it.
 */
export interface AnthropicDetails {
  readonly reason?: string
  readonly param?: string | null
  readonly headers?: HeaderMap
  readonly status?: number
  readonly type?: string
}

/** Everything that is thrown, in Anthropic's words. Source: bodhi contract §7.1. */
export function toErrorReply(error: unknown, { id }: Pick<RequestFacts, 'id'>): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem, id)
  if (error instanceof DomainError) return fromDomainError(error, id)
  return inWords(500, 'The request failed; the log knows why', { requestId: id })
}

interface Words {
  readonly requestId: string
  readonly type?: string | undefined
  readonly headers?: HeaderMap
}

function inWords(status: number, message: string, { requestId, type, headers }: Words): ErrorReply {
  const body: AnthropicError = {
    type: 'error',
    error: { type: type ?? errorTypeOf(status), message },
    request_id: requestId,
  }
  return { status, body, ...(headers === undefined ? {} : { headers }) }
}

function detailsOf({ details }: DomainError): AnthropicDetails {
  return typeof details === 'object' && details !== null ? details : {}
}

function fromDomainError(error: DomainError, requestId: string): ErrorReply {
  const { reason, param, status: given, type, headers: more } = detailsOf(error)
  const status = given ?? (reason === 'loop_detected' ? 508 : errorStatus[error.code])
  const headers = {
    ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(error.code === 'unavailable' ? { 'retry-after': '1' } : {}),
    ...more,
  }
  return inWords(status, withField(error.message, param), { requestId, type, headers })
}

function fromInputProblem(problem: InputProblem, requestId: string): ErrorReply {
  const { status, message } = wordsOf(problem)
  return inWords(status, message, { requestId })
}

function wordsOf(problem: InputProblem): { status: number; message: string } {
  switch (problem.kind) {
    case 'unknown-path':
      return { status: 404, message: 'There is nothing at this address' }
    case 'method-not-allowed':
      return { status: 405, message: `The address takes ${problem.allow.join(', ')} only` }
    case 'missing-body':
      return { status: 400, message: 'The body is missing: send a JSON document' }
    case 'content-type':
      return { status: 415, message: 'The body must come with `Content-Type: application/json`' }
    case 'content-encoding':
      return { status: 415, message: `${problem.message} (content-encoding ${problem.encoding})` }
    case 'not-json': {
      const { message, offset } = problem
      return { status: 400, message: `The body is not JSON: ${message} at ${offset}` }
    }
    case 'too-deep':
      return { status: 400, message: `The body is nested deeper than ${problem.limit} levels` }
    case 'too-large':
      return { status: 413, message: `The body is larger than ${problem.limitBytes} bytes` }
    case 'busy':
      return { status: 503, message: 'The server is busy: try again later' }
    case 'schema': {
      const [issue] = problem.issues
      const place = fieldPath(issue?.path ?? []) || `The ${problem.part}`
      return { status: 400, message: `${place}: ${issue?.message ?? 'unfit'}` }
    }
  }
}
