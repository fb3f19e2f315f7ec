import type { RequestFacts } from '../../platform/http/request-facts.ts'

/** What `keys create` prints begins so. */
const keyPrefix = 'pharos_'

/**
 * Langfuse clients always send a pair of keys as HTTP Basic, if need be one that means nothing. A
 * password that is an API key of ours counts as one; any other pair is as good as none.
 */
export function withoutBasic(request: RequestFacts): RequestFacts {
  const { authorization, ...headers } = request.headers
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return request
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const password = pair.slice(pair.indexOf(':') + 1)
  const bearer = password.startsWith(keyPrefix) ? { authorization: `Bearer ${password}` } : {}
  return { ...request, headers: { ...headers, ...bearer } }
}
