import {
  findCredential,
  resolveCaller,
  type Caller,
  type CallerRules,
  type RouteAccess,
  type Uses,
} from '../../features/identity/index.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { shownSecrets } from '../../platform/http/shown-secrets.ts'

/**
 * Who asks: `Authorization: Bearer`, `X-API-Key`, and for sockets `?api_key=`. Clients of model
 * gateways always send some key, so there one that nobody knows counts as none in open mode.
 * Source: rulings §3.
 */
export function callerResolver(
  ctx: Uses<'db' | 'clock'>,
  rules: CallerRules,
  { ignoresUnknownKeys = false }: { readonly ignoresUnknownKeys?: boolean } = {},
) {
  return async (request: RequestFacts, access: RouteAccess): Promise<Caller> => {
    const peer = rules.describePeer(request)
    const credential = await findCredential(ctx, shownSecrets(request))
    const approach = { peer, credential, access, ignoresUnknownKeys }
    const caller = resolveCaller(rules.access, approach)
    if (credential.kind === 'apiKey') rules.onKeyUse(credential.key.id)
    return caller
  }
}
