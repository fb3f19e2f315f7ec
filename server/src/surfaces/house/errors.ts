import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'

const codeStatus: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  limit: 429,
  precondition: 400,
  upstream: 502,
  unavailable: 503,
  cancelled: 499,
}

const problemStatus: Readonly<Record<InputProblem['kind'], number>> = {
  'unknown-path': 404,
  'method-not-allowed': 405,
  'missing-body': 400,
  'content-type': 415,
  'content-encoding': 415,
  'not-json': 400,
  'too-deep': 400,
  'too-large': 413,
  busy: 503,
  schema: 400,
}

/** Our own pages take no bodies, so a short sentence says all there is to say. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof InputError) {
    const { kind } = error.problem
    return { status: problemStatus[kind], body: { detail: kind } }
  }
  if (error instanceof DomainError) {
    return { status: codeStatus[error.code], body: { detail: error.message } }
  }
  return { status: 500, body: { detail: 'Internal Server Error' } }
}
