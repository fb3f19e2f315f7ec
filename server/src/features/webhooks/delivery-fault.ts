import { UpstreamError } from '../../platform/upstream/upstream-error.ts'

/** Kinds of failure. Source: hypersigil §8.2. */
type FaultKind = 'dns' | 'connection' | 'network' | 'timeout' | 'ssl' | 'http' | 'unknown'

const kinds: ReadonlyMap<string, FaultKind> = new Map(
  Object.entries({
    ENOTFOUND: 'dns',
    EAI_AGAIN: 'dns',
    ENODATA: 'dns',
    ECONNREFUSED: 'connection',
    ECONNRESET: 'connection',
    ECONNABORTED: 'connection',
    EPIPE: 'connection',
    UND_ERR_SOCKET: 'connection',
    EADDRNOTAVAIL: 'network',
    EHOSTUNREACH: 'network',
    ENETDOWN: 'network',
    ENETUNREACH: 'network',
    ERR_INSIDE_ADDRESS: 'network',
    UND_ERR_HEADERS_OVERFLOW: 'http',
    ETIMEDOUT: 'timeout',
    UND_ERR_CONNECT_TIMEOUT: 'timeout',
    CERT_HAS_EXPIRED: 'ssl',
    CERT_NOT_YET_VALID: 'ssl',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'ssl',
    EPROTO: 'ssl',
    SELF_SIGNED_CERT_IN_CHAIN: 'ssl',
    UNABLE_TO_GET_ISSUER_CERT: 'ssl',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'ssl',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'ssl',
  } as const),
)

/** A failure before any answer: its kind, a colon, and words without addresses or keys. */
export function faultText(error: unknown): string {
  if (!(error instanceof UpstreamError)) return 'unknown: the attempt failed'
  if (error.fault.kind === 'timeout') return `timeout: ${error.message}`
  return `${kindOf(error.cause)}: ${error.message}`
}

/** An answer of another status than 200 or 201. */
export function statusText(status: number): string {
  const isRedirect = status >= 300 && status < 400
  return `http: status ${status}${isRedirect ? '; redirects are not followed' : ''}`
}

export function timeoutText(timeoutMs: number): string {
  return `timeout: no answer in ${timeoutMs / 1000} seconds`
}

function kindOf(cause: unknown): FaultKind {
  if (!(cause instanceof Error)) return 'unknown'
  if (cause.name === 'HTTPParserError') return 'http'
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_RE')) return 'http'
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'ssl'
  return kinds.get(code) ?? 'unknown'
}
