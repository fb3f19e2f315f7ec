import { describePeer } from '../../platform/http/peer.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { CallerRules } from './caller.ts'

/** The address that a request comes from: the socket's, or what a trusted proxy says. */
export function clientAddressReader({
  peer,
  isTrustedProxy,
}: Pick<CallerRules, 'peer' | 'isTrustedProxy'>) {
  return (request: RequestFacts): string => {
    const trustProxy = isTrustedProxy(request.peerAddress ?? '')
    return describePeer(request, { ...peer, trustProxy }).ip ?? 'unknown'
  }
}
