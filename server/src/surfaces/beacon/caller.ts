import {
  findCredential,
  noteUse,
  resolveCaller,
  type Caller,
  type CallerRules,
  type CredentialPowers,
  type RouteAccess,
} from '../../features/identity/index.ts'
import { countingCookies } from '../../platform/http/cookies.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { shownSecrets } from '../../platform/http/shown-secrets.ts'

/**
 * Who asks: `Authorization: Bearer`, `X-API-Key`, for sockets `?api_key=`, else the cookies. Clients of model
 * gateways always send some key, so there one that nobody knows counts as none in open mode.
 * Source: rulings §3.
 */
export function callerResolver(
  ctx: CredentialPowers,
  rules: CallerRules,
  { ignoresUnknownKeys = false }: { readonly ignoresUnknownKeys?: boolean } = {},
) {
  return async (request: RequestFacts, access: RouteAccess): Promise<Caller> => {
    const peer = rules.describePeer(request)
    const policy = rules.access()
    const shown = { keys: shownSecrets(request), cookies: countingCookies(request, peer) }
    const isIgnored = ignoresUnknownKeys && policy.auth === 'open'
    const credential = await findCredential(ctx, shown, { ignoresUnknownKeys: isIgnored })
    const from = { ip: peer.ip ?? null, requestId: request.id }
    const caller = resolveCaller(policy, { peer, credential, access, ignoresUnknownKeys, from })
    noteUse(rules, credential, from.ip)
    return caller
  }
}
