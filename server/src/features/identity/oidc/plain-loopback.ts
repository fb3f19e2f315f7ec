import { allowInsecureRequests, type Configuration } from 'openid-client'
import { isLoopbackName } from '../../../platform/http/loopback.ts'

/** Whether an issuer may be spoken to without TLS: only one on this machine. */
export function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackName(hostname)
}

/**
 * What the library needs to hear for an issuer. NOTE: it marks the switch as deprecated only so that
 * nobody turns it without thinking.
 */
export function transportOf(issuer: URL): ((configuration: Configuration) => void)[] {
  return isPlainLoopback(issuer) ? [allowInsecureRequests] : []
}
