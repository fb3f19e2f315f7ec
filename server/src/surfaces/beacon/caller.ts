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
    const credential = await findCredential(ctx, secretsOf(request))
    const caller = resolveCaller(rules.access, { peer, credential, access })
    if (credential.kind === 'apiKey') rules.onKeyUse(credential.key.id)
    return caller
  }
}

function secretsOf({ headers, query }: RequestFacts): string[] {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const apiKey = headers['x-api-key']
  const isUpgrade = headers.upgrade?.toLowerCase() === 'websocket'
  const shown = [
    bearer,
    typeof apiKey === 'string' ? apiKey.trim() : undefined,
    isUpgrade ? query['api_key'] : undefined,
  ]
  return shown.filter(
    (secret): secret is string => secret !== undefined && !saidForNothing.has(secret),
  )
}

/** What clients in JavaScript send when they were given no key. */
const saidForNothing: ReadonlySet<string> = new Set(['', 'undefined', 'null'])
