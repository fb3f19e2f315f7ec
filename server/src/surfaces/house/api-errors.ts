import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'

type Refusal = readonly [status: number, error: string]

const refusals: Readonly<Record<ErrorCode, Refusal>> = {
  invalid: [400, 'Validation Error'],
  precondition: [400, 'Bad Request'],
  unauthenticated: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  'not-found': [404, 'Not Found'],
  conflict: [409, 'Conflict'],
  limit: [429, 'Too Many Requests'],
  upstream: [502, 'Bad Gateway'],
  unavailable: [503, 'Service Unavailable'],
  cancelled: [499, 'Cancelled'],
}

/** Faults of a provider that a setting was tried on. */
const probeReasons: ReadonlySet<unknown> = new Set(['refused', 'unreachable'])

/** Everything that is thrown, in the words of `/api/v1`. Source: hypersigil contract §0.4, §0.7. */
export function toApiErrorReply(error: unknown): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (!(error instanceof DomainError)) {
    return { status: 500, body: general('Internal server error') }
  }
  const [status, words] = refusals[error.code]
  const isProbe = error.code === 'precondition' && probeReasons.has(reasonOf(error))
  const reply = refuse(status, isProbe ? 'Provider not available' : words, error.message)
  if (status === 401) return { ...reply, headers: { 'www-authenticate': 'Bearer' } }
  return status === 503 || status === 429 ? { ...reply, headers: { 'retry-after': '1' } } : reply
}

function reasonOf({ details }: DomainError): unknown {
  return typeof details === 'object' && details !== null && 'reason' in details
    ? details.reason
    : undefined
}

function fromInputProblem(problem: InputProblem): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return refuse(404, 'Not Found', 'No such path')
    case 'method-not-allowed':
      return refuse(405, 'Method Not Allowed', `Allowed: ${problem.allow.join(', ')}`)
    case 'missing-body':
      return { status: 422, body: general('The body is missing', 'request') }
    case 'content-type':
      return refuse(415, 'Unsupported Media Type', 'Send JSON as application/json')
    case 'content-encoding':
      return refuse(415, 'Unsupported Media Type', problem.message)
    case 'not-json':
      return refuse(
        problem.isNotFinite === true ? 422 : 400,
        'Bad Request',
        `The body is not JSON: ${problem.message} at ${problem.offset}`,
      )
    case 'too-deep':
      return refuse(422, 'Bad Request', `JSON is nested deeper than ${problem.limit} levels`)
    case 'too-large':
      return refuse(413, 'Payload Too Large', `More than ${problem.limitBytes} bytes`)
    case 'busy':
      return refuse(503, 'Service Unavailable', 'The server is busy: try again later')
    case 'schema':
      return { status: 422, body: { error: problem.issues.slice(0, maxIssues).map(toItem) } }
  }
}

const maxIssues = 100

type Issue = Extract<InputProblem, { kind: 'schema' }>['issues'][number]

function toItem({ path, message }: Issue) {
  return { field: path.length === 0 ? 'request' : path.map(String).join('.'), ...plain(message) }
}

function general(message: string, field = 'general') {
  return { error: [{ field, ...plain(message) }] }
}

function plain(message: string) {
  return { type: 'general', message } as const
}

/** NOTE: clients read the error inside `data` or beside it, by where it was raised upstream. */
function refuse(status: number, error: string, message: string) {
  return { status, body: { error, message, data: { error, message } } }
}
