import {
  errorCodes,
  errorTypeOf,
  type BodhiCode,
  type ErrorStatus,
} from '@pharos/contract/bodhi/error-codes.ts'
import type { BodhiError } from '@pharos/contract/bodhi/errors.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { fieldPath } from '../../platform/http/field-path.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'

/** What an error is called that brings no name of its own. */
const usual: Readonly<Record<ErrorCode, BodhiCode>> = {
  invalid: 'obj_validation_error-validation_errors',
  precondition: 'bad_request_error',
  unauthenticated: 'auth_error-invalid_access',
  forbidden: 'api_auth_error-forbidden',
  'not-found': 'not_found',
  conflict: 'conflict',
  limit: 'limit_reached',
  upstream: 'upstream_error',
  unavailable: 'service_unavailable',
  cancelled: 'cancelled',
}

/** Everything that is thrown, in Bodhi's words. Source: bodhi contract §7. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (error instanceof DomainError) return fromDomainError(error)
  return said('internal_server_error', 'The request failed; the log knows why')
}

interface More {
  readonly param?: string | null
  readonly details?: JsonObject
  readonly headers?: HeaderMap
}

function said(code: BodhiCode, message: string, more: More = {}): ErrorReply {
  const { param = null, details = {}, headers = {} } = more
  const status: ErrorStatus = errorCodes[code]
  const hasDetails = Object.keys(details).length > 0
  const error = {
    message,
    type: errorTypeOf(code),
    code,
    param,
    ...(hasDetails && { details }),
  }
  return {
    status,
    body: { error } satisfies BodhiError,
    headers: {
      // What is refused now may be granted a moment later.
      'cache-control': 'no-store',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...headers,
    },
  }
}

function fromDomainError(error: DomainError): ErrorReply {
  const { param, ...rest } = detailsOf(error)
  const details = Object.fromEntries(Object.entries(rest).filter(([name]) => !unsaid.has(name)))
  const code = codeIn(error.details) ?? usual[error.code]
  return said(code, error.message, {
    param: typeof param === 'string' ? param : null,
    details,
    headers: errorCodes[code] === 503 ? { 'retry-after': '1' } : {},
  })
}

/** Told elsewhere in the body, or not meant for it. */
const unsaid: ReadonlySet<string> = new Set(['code', 'reason', 'status', 'headers', 'error'])

function detailsOf({ details }: DomainError): JsonObject {
  return isJsonObject(details) ? details : {}
}

function codeIn(details: unknown): BodhiCode | undefined {
  if (!isJsonObject(details)) return undefined
  return [details['code'], details['reason']].find(isCode)
}

function isCode(value: unknown): value is BodhiCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value)
}

function fromInputProblem(problem: InputProblem): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return said('not_found', 'There is nothing at this address')
    case 'method-not-allowed':
      return said('method_not_allowed', `The address takes ${problem.allow.join(', ')} only`)
    case 'too-large':
      return said('request_too_large', `The body is larger than ${problem.limitBytes} bytes`)
    case 'busy':
      return said('service_unavailable', 'The server is busy: try again later')
    case 'schema':
      return fromIssues(problem)
    default:
      return said('json_rejection_error', `Body is not acceptable JSON: ${rejection(problem)}`)
  }
}

function fromIssues({ part, issues }: Extract<InputProblem, { kind: 'schema' }>): ErrorReply {
  const [issue] = issues
  const param = fieldPath(issue?.path ?? [])
  const message = `${param === '' ? `The ${part}` : param}: ${issue?.message ?? 'does not fit'}`
  return part === 'body'
    ? said('json_rejection_error', `Body is not acceptable JSON: ${message}`, {
        param: param || null,
      })
    : said('bad_request_error', `Invalid request: ${message}`, { param: param || null })
}

type Rejected = Extract<
  InputProblem,
  { kind: 'missing-body' | 'content-type' | 'content-encoding' | 'not-json' | 'too-deep' }
>

function rejection(problem: Rejected): string {
  switch (problem.kind) {
    case 'missing-body':
      return 'there is none'
    case 'content-type':
      return 'it must come with `Content-Type: application/json`'
    case 'content-encoding':
      return `${problem.message} (content-encoding ${problem.encoding})`
    case 'not-json':
      return `${problem.message} at ${problem.offset}`
    case 'too-deep':
      return `it is nested deeper than ${problem.limit} levels`
  }
}
