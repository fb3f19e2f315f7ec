import { DomainError } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { errorStatus } from '../../platform/http/error-status.ts'
import { fieldPath, withField } from '../../platform/http/field-path.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'

/** What a thrown error may say beside its code; `toRefusal` gives a provider's own status. */
export interface OllamaDetails {
  readonly reason?: string
  readonly param?: string | null
  readonly status?: number
  readonly headers?: HeaderMap
}

/** Everything that is thrown, in Ollama's words. Source: bodhi contract §1.15 and §7. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (error instanceof DomainError) return fromDomainError(error)
  return said(500, 'The request failed; the log knows why')
}

function said(status: number, error: string, headers: HeaderMap = {}): ErrorReply {
  return { status, body: { error }, headers }
}

function fromDomainError(error: DomainError): ErrorReply {
  const { reason, param, status, headers } = detailsOf(error)
  const usual = reason === 'loop_detected' ? 508 : errorStatus[error.code]
  return said(status ?? usual, withField(error.message, param), {
    // Who retries what cannot succeed only waits the longer.
    ...(error.code === 'unavailable' ? { 'retry-after': '1' } : { 'x-should-retry': 'false' }),
    ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
  })
}

function detailsOf({ details }: DomainError): OllamaDetails {
  return typeof details === 'object' && details !== null ? details : {}
}

function fromInputProblem(problem: InputProblem): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return said(404, 'There is nothing at this address')
    case 'method-not-allowed':
      return said(405, `The address takes ${problem.allow.join(', ')} only`)
    case 'missing-body':
      return said(400, 'missing request body')
    case 'content-type':
      return said(415, 'The body must be JSON')
    case 'content-encoding':
      return said(400, `${problem.message} (content-encoding ${problem.encoding})`)
    case 'not-json':
      return said(400, `The body is not JSON: ${problem.message} at ${problem.offset}`)
    case 'too-deep':
      return said(400, `The body is nested deeper than ${problem.limit} levels`)
    case 'too-large':
      return said(413, `The body is larger than ${problem.limitBytes} bytes`)
    case 'busy':
      return said(503, 'The server is busy: try again later', { 'retry-after': '1' })
    case 'schema':
      return said(400, describe(problem))
  }
}

function describe({ part, issues }: Extract<InputProblem, { kind: 'schema' }>): string {
  const [issue] = issues
  const place = fieldPath(issue?.path ?? []) || `The ${part}`
  return `${place}: ${issue?.message ?? 'does not fit'}`
}
