import type { ValidationItem } from '@pharos/contract/beacon/errors.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { toValidationItems } from './validation-items.ts'

/** A body that was refused where it was decoded, with the reply it gets. */
export class RefusedBody extends Error {
  readonly reply: ErrorReply

  constructor(reply: ErrorReply) {
    super(`refused body: ${reply.status}`)
    this.name = 'RefusedBody'
    this.reply = reply
  }
}

/** Everything that is thrown, in Beacon's words. Source: beacon contract §1.0 "Errors". */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof RefusedBody) return error.reply
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (error instanceof DomainError) return fromDomainError(error)
  return { status: 500, body: { detail: 'Internal Server Error' } }
}

function fromInputProblem(problem: InputProblem): ErrorReply {
  switch (problem.kind) {
    case 'unknown-path':
      return { status: 404, body: { detail: 'Not Found' } }
    case 'method-not-allowed':
      return { status: 405, body: { detail: 'Method Not Allowed' } }
    case 'missing-body':
      return unprocessable([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }])
    case 'content-type':
      return unprocessable([
        {
          type: 'model_attributes_type',
          loc: ['body'],
          msg: 'Input should be a valid dictionary: send it as application/json',
          input: problem.contentType ?? null,
        },
      ])
    case 'content-encoding':
      return invalidJson(0, `${problem.message} (content-encoding ${problem.encoding})`)
    case 'not-json':
      return invalidJson(problem.offset, problem.message)
    case 'too-deep':
      return invalidJson(0, `JSON is nested deeper than ${problem.limit} levels`)
    case 'too-large':
      return {
        status: 413,
        body: { detail: `The body is larger than ${problem.limitBytes} bytes` },
      }
    case 'busy':
      return { status: 503, body: { detail: 'The server is busy: try again later' } }
    case 'schema':
      return unprocessable(toValidationItems(problem))
  }
}

function unprocessable(detail: ValidationItem[]): ErrorReply {
  return { status: 422, body: { detail } }
}

function invalidJson(offset: number, error: string): ErrorReply {
  const loc = ['body', offset]
  return unprocessable([
    { type: 'json_invalid', loc, msg: 'JSON decode error', input: {}, ctx: { error } },
  ])
}

/** A provider's address that leads back here. Source: rulings §4. */
function isLoop({ details }: DomainError): boolean {
  const hasReason = typeof details === 'object' && details !== null && 'reason' in details
  return hasReason && details.reason === 'loop_detected'
}

function fromDomainError(error: DomainError): ErrorReply {
  const body = { detail: error.message }
  if (isLoop(error)) return { status: 508, body }
  switch (error.code) {
    case 'invalid':
    case 'precondition':
      return { status: 400, body }
    case 'unauthenticated':
      return { status: 401, body, headers: { 'www-authenticate': 'Bearer' } }
    case 'forbidden':
      return { status: 403, body }
    case 'not-found':
      return { status: 404, body }
    case 'conflict':
      return { status: 409, body }
    case 'limit':
      return { status: 429, body }
    case 'upstream':
      return { status: 502, body }
    case 'unavailable':
      return { status: 503, body, headers: { 'retry-after': '1' } }
    case 'cancelled':
      return { status: 499, body }
  }
}
