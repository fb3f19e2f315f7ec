import { errors } from 'undici'
import { insideAddressCode } from './guarded-connect.ts'

/** Codes of a connection that did not come about; another attempt may have more luck. */
const passingCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

const reasons: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the host name is not known',
  EPIPE: 'the connection was closed',
  EPROTO: 'the TLS handshake failed',
  ETIMEDOUT: 'the connection timed out',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain holds a self-signed one',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is of an unknown issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is of an unknown issuer',
  [insideAddressCode]: 'the address is inside a network that only --allow-private-addresses opens',
  ERR_INVALID_URL: 'the address is no URL',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_HEADERS_OVERFLOW: 'the reply has too many headers',
  UND_ERR_INVALID_ARG: 'the address or a header cannot be sent',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the reply is not as long as it says',
  UND_ERR_SOCKET: 'the connection was closed',
}

/** Whether a connection that failed before anything was sent may come about at the next attempt. */
export function mayConnectLater(error: unknown): boolean {
  return passingCodes.has(codeOf(error) ?? '')
}

/**
 * A connection's failure in words, with its code. The error's own message is left out: it may
 * quote a header or a query string, and those hold keys.
 */
export function faultReason(error: unknown): string {
  if (error instanceof errors.HTTPParserError) return 'the reply is no HTTP'
  const code = codeOf(error)
  if (code === null) return 'the connection failed'
  if (code.startsWith('ERR_SSL_')) return `the TLS handshake failed (${code})`
  return `${reasons[code] ?? 'the connection failed'} (${code})`
}

/** What an abort was for. */
export function abortReason(reason: unknown): string {
  if (reason instanceof Error) return reason.message
  return typeof reason === 'string' ? reason : 'the request was aborted'
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
