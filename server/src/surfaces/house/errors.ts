import { DomainError } from '../../platform/domain-error.ts'
import { errorStatus } from '../../platform/http/error-status.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { toApiErrorReply } from './api-errors.ts'

/** Statuses with the sentences that Beacon's clients know, since its documents are here too. */
const problems: Readonly<Record<InputProblem['kind'], readonly [status: number, detail: string]>> =
  {
    'unknown-path': [404, 'Not Found'],
    'method-not-allowed': [405, 'Method Not Allowed'],
    'missing-body': [400, 'The body is missing'],
    'content-type': [415, 'Unsupported Media Type'],
    'content-encoding': [415, 'Unsupported content encoding'],
    'not-json': [400, 'The body is not JSON'],
    'too-deep': [400, 'The body is nested too deep'],
    'too-large': [413, 'The body is too large'],
    busy: [503, 'The server is busy: try again later'],
    schema: [400, 'The request does not fit its schema'],
  }

/** Our own pages take no bodies, so a short sentence says all there is to say of them. */
export function toErrorReply(error: unknown, { path }: Pick<RequestFacts, 'path'>): ErrorReply {
  if (/^\/+api\//u.test(path)) return toApiErrorReply(error)
  if (error instanceof InputError) {
    const [status, detail] = problems[error.problem.kind]
    return { status, body: { detail } }
  }
  if (error instanceof DomainError) {
    const isLogin = error.code === 'unauthenticated'
    return {
      status: errorStatus[error.code],
      body: { detail: error.message },
      ...(isLogin ? { headers: { 'www-authenticate': 'Bearer' } } : {}),
    }
  }
  return { status: 500, body: { detail: 'Internal Server Error' } }
}
