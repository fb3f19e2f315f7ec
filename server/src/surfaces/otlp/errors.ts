import { protobufMedia } from '@pharos/contract/otlp/routes.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { encodingOf } from './encoding.ts'
import { encodeStatus } from './wire.ts'

/** The codes of gRPC that are said here. */
const rpc = {
  cancelled: 1,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

interface Refusal {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly headers?: HeaderMap
}

/** Exporters send a request again after 429, 502, 503 and 504, and drop it after anything else. */
const domainStatuses: Readonly<Record<ErrorCode, readonly [status: number, code: number]>> = {
  invalid: [400, rpc.invalidArgument],
  precondition: [400, rpc.failedPrecondition],
  unauthenticated: [401, rpc.unauthenticated],
  forbidden: [403, rpc.permissionDenied],
  'not-found': [404, rpc.notFound],
  conflict: [409, rpc.alreadyExists],
  limit: [429, rpc.resourceExhausted],
  upstream: [502, rpc.unavailable],
  unavailable: [503, rpc.unavailable],
  cancelled: [499, rpc.cancelled],
}

/**
 * Everything that is thrown as a google.rpc.Status, in the encoding of the request; in JSON where
 * that is unknown. Source: OTLP/HTTP, "Failures"; rulings §12.
 */
export function toErrorReply(error: unknown, { headers }: RequestFacts): ErrorReply {
  const { status, code, message, headers: added = {} } = refusalOf(error)
  return encodingOf(headers['content-type']) === 'protobuf'
    ? { status, text: encodeStatus({ code, message }), contentType: protobufMedia, headers: added }
    : { status, body: { code, message }, headers: added }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof InputError) return fromInputProblem(error.problem)
  if (!(error instanceof DomainError)) {
    return { status: 500, code: rpc.internal, message: 'Internal Server Error' }
  }
  const [status, code] = domainStatuses[error.code]
  return { status, code, message: error.message, ...headersOf(error.code) }
}

function headersOf(code: ErrorCode): { readonly headers?: HeaderMap } {
  if (code === 'unauthenticated') return { headers: { 'www-authenticate': 'Bearer' } }
  return code === 'unavailable' || code === 'limit' ? { headers: { 'retry-after': '1' } } : {}
}

function fromInputProblem(problem: InputProblem): Refusal {
  switch (problem.kind) {
    case 'unknown-path':
      return { status: 404, code: rpc.unimplemented, message: 'Not Found' }
    case 'method-not-allowed':
      return { status: 405, code: rpc.unimplemented, message: 'Method Not Allowed' }
    case 'content-type':
      return {
        status: 415,
        code: rpc.invalidArgument,
        message: `The content type must be application/json or ${protobufMedia}`,
      }
    case 'content-encoding':
      return fromContentEncoding(problem.encoding)
    case 'missing-body':
      return invalid('The body is missing')
    case 'not-json':
      return invalid(`The body is not JSON: ${problem.message} at ${problem.offset}`)
    case 'too-deep':
      return invalid(`The body nests deeper than ${problem.limit} levels`)
    case 'schema':
      return invalid('The request does not fit its schema')
    case 'too-large': {
      const message = `The body is larger than ${problem.limitBytes} bytes`
      return { status: 413, code: rpc.invalidArgument, message }
    }
    case 'busy': {
      const message = 'The server is busy: try again later'
      return { status: 503, code: rpc.unavailable, message }
    }
  }
}

function invalid(message: string): Refusal {
  return { status: 400, code: rpc.invalidArgument, message }
}

/** A body that cannot be inflated is undecodable; an encoding that nobody knows is refused as such. */
function fromContentEncoding(encoding: string): Refusal {
  if (encoding === 'gzip' || encoding === 'deflate') return invalid(`The body is not ${encoding}`)
  const message = 'The content encoding must be gzip, deflate or none'
  return { status: 415, code: rpc.invalidArgument, message }
}
