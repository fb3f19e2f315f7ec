import type { OpenAiError } from '@pharos/contract/openai/errors.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { fieldPath } from '../../platform/http/field-path.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'

/**
 * What a thrown error may say beside its code: verbs give `reason`, `param` and `headers`; a
 * provider's own refusal, made by `toRefusal`, brings status, type and code with it.
 */
export interface OpenAiDetails {
  readonly reason?: string
  readonly param?: string | null
  readonly headers?: HeaderMap
  readonly status?: number
  readonly type?: string
  /** Null for a provider that gives none. */
  readonly code?: string | null
}

interface Refusal {
  readonly status: number
  readonly type: string
  readonly code: string
}

const invalid: Refusal = {
  status: 400,
  type: 'invalid_request_error',
  code: 'oai_route_error-invalid_request',
}
const notFound: Refusal = { status: 404, type: 'not_found_error', code: 'not_found' }
const unavailable: Refusal = {
  status: 503,
  type: 'service_unavailable',
  code: 'server_error-unavailable',
}
const internal: Refusal = {
  status: 500,
  type: 'internal_server_error',
  code: 'server_error-internal',
}

/** Source: bodhi contract §7.2 and §7.4. */
const refusals: Readonly<Record<ErrorCode, Refusal>> = {
  invalid,
  precondition: { ...invalid, code: 'server_error-precondition' },
  unauthenticated: {
    status: 401,
    type: 'authentication_error',
    code: 'auth_error-invalid_access',
  },
  forbidden: { status: 403, type: 'forbidden_error', code: 'api_auth_error-forbidden' },
  'not-found': notFound,
  conflict: { status: 409, type: 'conflict_error', code: 'conflict' },
  limit: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream: { status: 502, type: 'upstream_error', code: 'server_error-upstream' },
  unavailable,
  cancelled: { status: 499, type: 'cancelled', code: 'cancelled' },
}

/** What a verb's reason is called here; other reasons are said as they are. */
const reasons: Readonly<Record<string, Partial<Refusal>>> = {
  model_not_found: { code: 'alias_not_found_error' },
  insufficient_quota: { code: 'insufficient_quota', type: 'insufficient_quota' },
  loop_detected: { status: 508, code: 'loop_detected' },
}

/** What stays as it is however often it is asked; clients ask twice more by themselves. */
const lasting: ReadonlySet<string> = new Set(['insufficient_quota', 'loop_detected'])

/** Everything that is thrown, in OpenAI's words. Source: bodhi contract §7. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (error instanceof DomainError) return fromDomainError(error)
  return inWords(internal, 'The request failed; the log knows why')
}

/** The body of any refusal, also of one that comes after the first byte. */
export function toErrorBody(error: unknown): OpenAiError {
  const { message, ...said } =
    error instanceof DomainError
      ? { ...wordsOf(error), message: error.message }
      : { ...internal, message: 'The reply broke off; the log knows why', param: null }
  return { error: { message, type: said.type, param: said.param, code: said.code } }
}

function detailsOf({ details }: DomainError): OpenAiDetails {
  return typeof details === 'object' && details !== null ? details : {}
}

function wordsOf(error: DomainError) {
  const { reason, param = null, ...given } = detailsOf(error)
  const known = reason === undefined ? {} : (reasons[reason] ?? { code: reason })
  const { status, type, code } = { ...refusals[error.code], ...known, ...given }
  return { status, type, code, param }
}

function fromDomainError(error: DomainError): ErrorReply {
  const { status } = wordsOf(error)
  const { reason = '', headers: given } = detailsOf(error)
  const headers = {
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(error.code === 'unavailable' ? { 'retry-after': '1' } : {}),
    ...(lasting.has(reason) ? { 'x-should-retry': 'false' } : {}),
    ...given,
  }
  return { status, body: toErrorBody(error), headers }
}

function inWords(
  { status, type, code }: Refusal,
  message: string,
  param: string | null = null,
): ErrorReply {
  return { status, body: { error: { message, type, param, code } } satisfies OpenAiError }
}

function fromInputProblem(problem: InputProblem): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return inWords(notFound, 'There is nothing at this address')
    case 'method-not-allowed':
      return inWords(
        { ...invalid, status: 405, code: 'method_not_allowed' },
        `The address takes ${problem.allow.join(', ')} only`,
      )
    case 'too-large':
      return inWords(
        { ...invalid, status: 413, code: 'request_too_large' },
        `The body is larger than ${problem.limitBytes} bytes`,
      )
    case 'busy':
      return inWords(unavailable, 'The server is busy: try again later')
    case 'schema': {
      const [issue] = problem.issues
      const param = fieldPath(issue?.path ?? [])
      const message = `${param === '' ? `The ${problem.part}` : param}: ${issue?.message ?? 'unfit'}`
      return inWords(invalid, message, param || null)
    }
    default:
      return inWords({ ...invalid, code: 'json_rejection_error' }, rejection(problem))
  }
}

type Rejected = Extract<
  InputProblem,
  { kind: 'missing-body' | 'content-type' | 'content-encoding' | 'not-json' | 'too-deep' }
>

function rejection(problem: Rejected): string {
  switch (problem.kind) {
    case 'missing-body':
      return 'The body is missing: send a JSON document'
    case 'content-type':
      return 'The body must come with `Content-Type: application/json`'
    case 'content-encoding':
      return `${problem.message} (content-encoding ${problem.encoding})`
    case 'not-json':
      return `The body is not JSON: ${problem.message} at ${problem.offset}`
    case 'too-deep':
      return `The body is nested deeper than ${problem.limit} levels`
  }
}
