import { unknownKeyText } from '../../features/identity/index.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { fieldPath } from '../../platform/http/field-path.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'

/** Which of the wire's error bodies a path has. Source: thunder contract §1.2. */
export type ErrorFamily = 'A' | 'B' | 'C'

export function familyOf(path: string): ErrorFamily {
  if (path.startsWith('/playground/activations')) return 'C'
  return path.startsWith('/auth/') || path.startsWith('/playground/') ? 'B' : 'A'
}

interface Refusal {
  readonly status: number
  /** Of family A. */
  readonly kind: string
  /** Of family C, unless the error's details name one. */
  readonly code: string
}

const refusals: Readonly<Record<ErrorCode, Refusal>> = {
  invalid: { status: 400, kind: 'bad request', code: 'INVALID_ARGUMENT' },
  precondition: { status: 400, kind: 'bad request', code: 'INVALID_ARGUMENT' },
  unauthenticated: { status: 401, kind: 'unauthorized', code: 'UNAUTHORIZED' },
  forbidden: { status: 403, kind: 'forbidden', code: 'FORBIDDEN' },
  'not-found': { status: 404, kind: 'not found', code: 'NOT_FOUND' },
  conflict: { status: 409, kind: 'conflict', code: 'CONFLICT' },
  limit: { status: 429, kind: 'too many requests', code: 'RATE_LIMITED' },
  upstream: { status: 502, kind: 'bad gateway', code: 'HF_BAD_RESPONSE' },
  unavailable: { status: 503, kind: 'unavailable', code: 'UNAVAILABLE' },
  cancelled: { status: 499, kind: 'cancelled', code: 'CANCELLED' },
}

/** A verb may say more than its code: another status, and the word of family C. */
export interface ThunderDetails {
  readonly status?: number
  readonly errorCode?: string
  /** When to come back. */
  readonly retryAfterSeconds?: number
}

function detailsOf(error: DomainError): ThunderDetails {
  const { details } = error
  return typeof details === 'object' && details !== null ? details : {}
}

/** Everything that is thrown, in the words of the path's family; framework rejections are text. */
export function toErrorReply(error: unknown, { path }: RequestFacts): ErrorReply {
  const family = familyOf(path)
  if (error instanceof InputError) return fromInputProblem(error.problem, family)
  if (!(error instanceof DomainError)) {
    const internal = { status: 500, kind: 'internal error', code: 'INTERNAL' }
    return inFamily(family, internal, 'the request failed; the log knows why')
  }
  const refusal = { ...refusals[error.code] }
  const details = detailsOf(error)
  const { status = refusal.status, errorCode = refusal.code, retryAfterSeconds = 1 } = details
  // A valid key without the power to manage keys is answered like an unknown one.
  const isKeyRoute = /^\/auth\/(?!bootstrap)/.test(path) && error.code === 'forbidden'
  const seen = { ...refusal, status: isKeyRoute ? 401 : status, code: errorCode }
  const reply = inFamily(family, seen, isKeyRoute ? unknownKeyText : error.message)
  if (seen.status === 401) return { ...reply, headers: { 'www-authenticate': 'Bearer' } }
  return seen.status === 503 || seen.status === 429
    ? { ...reply, headers: { 'retry-after': String(retryAfterSeconds) } }
    : reply
}

function inFamily(family: ErrorFamily, { status, kind, code }: Refusal, message: string) {
  switch (family) {
    case 'A':
      return { status, body: { error: `${kind}: ${message}`, message } }
    case 'B':
      return { status, body: { error: message, code: status, message } }
    case 'C':
      return { status, body: { status: 'error', error_code: code, message } }
  }
}

function fromInputProblem(problem: InputProblem, family: ErrorFamily): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return inFamily(family, refusals['not-found'], 'no such path')
    case 'method-not-allowed':
      return text(405, '')
    case 'missing-body':
      return text(400, 'The body is missing: send a JSON document')
    case 'content-type':
      return text(415, 'Expected request with `Content-Type: application/json`')
    case 'content-encoding':
      return text(400, `${problem.message} (content-encoding ${problem.encoding})`)
    case 'not-json':
      return text(
        problem.isNotFinite === true ? 422 : 400,
        `The body is not JSON: ${problem.message} at ${problem.offset}`,
      )
    case 'too-deep':
      return text(422, `JSON is nested deeper than ${problem.limit} levels`)
    case 'too-large':
      return text(413, `The body is larger than ${problem.limitBytes} bytes`)
    case 'busy':
      return text(503, 'The server is busy: try again later')
    case 'schema':
      return text(problem.part === 'body' ? 422 : 400, describe(problem))
  }
}

const maxIssues = 100

function describe({ part, issues }: Extract<InputProblem, { kind: 'schema' }>): string {
  const lines = issues.slice(0, maxIssues).map(({ path, message }) => {
    const place = fieldPath(path)
    return place === '' ? message : `${place}: ${message}`
  })
  return `The ${part === 'params' ? 'path' : part} does not fit: ${lines.join('; ')}`
}

function text(status: number, sentence: string): ErrorReply {
  return { status, text: sentence, contentType: 'text/plain; charset=utf-8' }
}
