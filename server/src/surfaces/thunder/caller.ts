import {
  anonymousCaller,
  findThunderCredential,
  noteUse,
  resolveCaller,
  type Caller,
  type CallerRules,
  type RouteAccess,
  type Uses,
} from '../../features/identity/index.ts'
import { countingCookies } from '../../platform/http/cookies.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { shownSecrets } from '../../platform/http/shown-secrets.ts'

/**
 * Who asks: `X-API-Key`, `Authorization: Bearer`, for sockets `?api_key=`, else the cookies. Labels of keys and
 * keys of engines are credentials here and on no other surface. Where a route is for everybody, who
 * shows a key that is good for nothing is nobody, on this machine too. Source: thunder contract §4.2.
 */
export function thunderCallerResolver(
  ctx: Uses<'db' | 'clock' | 'vault' | 'sessionKey' | 'checkSession'>,
  rules: CallerRules,
) {
  return async (request: RequestFacts, access: RouteAccess): Promise<Caller> => {
    const peer = rules.describePeer(request)
    const from = { ip: peer.ip ?? null, requestId: request.id }
    const shown = { keys: secretsOf(request), cookies: countingCookies(request, peer) }
    const { credential, usedKeyId } = await findThunderCredential(ctx, shown)
    if (credential.kind === 'unknown' && access === 'public') return { ...anonymousCaller(), from }
    const caller = resolveCaller(rules.access(), { peer, credential, access, from })
    // A key's label and an engine's key count as no use of a key.
    const isUse = credential.kind !== 'apiKey' || usedKeyId !== undefined
    if (isUse) noteUse(rules, credential, from.ip)
    return caller
  }
}

/** NOTE: a header beyond ASCII is read byte by byte, so it could never be the key that was meant. */
export function secretsOf(request: RequestFacts): string[] {
  const { headers, ...rest } = request
  const { 'x-api-key': apiKey, ...others } = headers
  const isAbsent = typeof apiKey === 'string' && !/^[\t\x20-\x7e]*$/.test(apiKey)
  return shownSecrets(isAbsent ? { ...rest, headers: others } : request)
}
