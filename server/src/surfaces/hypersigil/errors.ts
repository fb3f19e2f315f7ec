import { DomainError } from '../../platform/domain-error.ts'
import { errorStatus } from '../../platform/http/error-status.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { labelOf } from './error-labels.ts'

/**
 * Everything that is thrown, in Hypersigil's words. A DomainError may bring a `label` and what is
 * to be shown as `shown` in its details; with `isAllInLabel` nothing is said beside it. Source: hypersigil contract §0.4, §0.7.
 */
export function toErrorReply(error: unknown, { path }: Pick<RequestFacts, 'path'>): ErrorReply {
  const reply = toReply(error, path)
  return { ...reply, headers: { 'cache-control': 'no-store', ...reply.headers } }
}

function toReply(error: unknown, path: string): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem, path)
  if (error instanceof DomainError) return fromDomainError(error, path)
  return { status: 500, body: isDashboard(path) ? fault : issue('general', fault.error) }
}

/** Of this group alone. */
const fault = { success: false, error: 'Internal server error', err: true } as const

function isDashboard(path: string): boolean {
  return path.split('/')[3]?.toLowerCase() === 'dashboard'
}

function fromDomainError(error: DomainError, path: string): ErrorReply {
  const { label, shown, isAllInLabel } = detailsOf(error)
  const status = errorStatus[error.code]
  const words = typeof label === 'string' ? label : labelOf(path, error.code)
  if (isAllInLabel === true) return { status, body: { error: words, data: { error: words } } }
  const reply = refuse(status, words, { message: error.message, details: shown })
  if (status === 401) return { ...reply, headers: { 'www-authenticate': 'Bearer' } }
  return status === 503 || status === 429 ? { ...reply, headers: { 'retry-after': '1' } } : reply
}

function detailsOf({ details }: DomainError): JsonObject {
  return isJsonObject(details) ? details : {}
}

function fromInputProblem(problem: InputProblem, path: string): ErrorReply {
  switch (problem.kind) {
    // A wrong method is an unknown path here: there is never a 405.
    case 'unknown-path':
    case 'method-not-allowed':
      return refuse(404, 'Not Found', { message: 'No such path' })
    case 'missing-body':
      return { status: 422, body: issue('request', 'The body is missing') }
    case 'content-type':
      return { status: 422, body: issue('request', 'Send JSON as application/json') }
    case 'too-deep': {
      const message = `JSON is nested deeper than ${problem.limit} levels`
      return { status: 422, body: issue('request', message) }
    }
    case 'not-json': {
      const message = `The body is not JSON: ${problem.message} at ${problem.offset}`
      return problem.isNotFinite === true
        ? { status: 422, body: issue('request', message) }
        : refuseBody(path, message)
    }
    case 'content-encoding':
      return refuseBody(path, problem.message)
    case 'too-large':
      return refuseBody(path, `The body has more than ${problem.limitBytes} bytes`)
    case 'busy':
      return refuse(503, labelOf(path, 'unavailable'), {
        message: 'The server is busy: try again later',
      })
    case 'schema':
      return { status: 422, body: { error: problem.issues.slice(0, maxIssues).map(toItem) } }
  }
}

/** NOTE: no route declares 413 or 415, and its typed client throws at what is not declared. */
function refuseBody(path: string, message: string): ErrorReply {
  return refuse(400, labelOf(path, 'invalid'), { message })
}

const maxIssues = 100

type Issue = Extract<InputProblem, { kind: 'schema' }>['issues'][number]

function toItem({ path, message }: Issue) {
  const field = path.length === 0 ? 'request' : path.map(String).join('.')
  return { field, type: 'general', message } as const
}

function issue(field: string, message: string) {
  return { error: [{ field, type: 'general', message }] }
}

interface Said {
  readonly message: string
  readonly details?: unknown
}

/** Clients read the error inside `data` or beside it, by where it was raised upstream. */
function refuse(status: number, error: string, { message, details }: Said): ErrorReply {
  const data = { error, message, ...(details !== undefined && { details }) }
  return { status, body: { error, message, data } }
}
