import {
  findCredential,
  resolveCaller,
  type AccessPolicy,
  type Caller,
  type RouteAccess,
  type Uses,
} from '../../features/identity/index.ts'
import { describePeer, type PeerPolicy } from '../../platform/http/peer.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { shownSecrets } from '../../platform/http/shown-secrets.ts'

export interface CallerRules {
  readonly access: AccessPolicy
  readonly peer: Omit<PeerPolicy, 'trustProxy'>
  /** Whether the address is that of a proxy whose forwarding headers are believed. */
  readonly isTrustedProxy: (address: string) => boolean
  /** Told which key was used. */
  readonly onKeyUse: (keyId: string) => void
}

/** Who asks: `Authorization: Bearer`, `X-API-Key`, and for sockets `?api_key=`. */
export function callerResolver(ctx: Uses<'db' | 'clock'>, rules: CallerRules) {
  return async (request: RequestFacts, access: RouteAccess): Promise<Caller> => {
    const trustProxy = rules.isTrustedProxy(request.peerAddress ?? '')
    const peer = describePeer(request, { ...rules.peer, trustProxy })
    const credential = await findCredential(ctx, shownSecrets(request))
    const caller = resolveCaller(rules.access, { peer, credential, access })
    if (credential.kind === 'apiKey') rules.onKeyUse(credential.key.id)
    return caller
  }
}
