import type { UpstreamReply, UpstreamRequest } from '../../platform/upstream/upstream.ts'

type Hop = Pick<UpstreamRequest, 'url' | 'headers' | 'body'>

/**
 * Where an answer sends the asker, or null when it is the answer itself. Hosts that run functions
 * answer a slow request by sending the asker to fetch the result (303), so this is no rarity.
 * The body is repeated only to the same origin, and no key leaves it: bodies and headers hold keys.
 */
export function nextHop(
  request: Hop,
  reply: Pick<UpstreamReply, 'status' | 'headers'>,
): Hop | null {
  const { location } = reply.headers
  if (location === undefined) return null
  const from = URL.parse(request.url)
  const to = URL.parse(location, request.url)
  if (from === null || to === null || !/^https?:$/.test(to.protocol)) return null
  const isSameOrigin = from.origin === to.origin
  const headers = isSameOrigin ? request.headers : {}
  switch (reply.status) {
    case 301:
    case 302:
    case 303:
      return { url: to.href, headers }
    case 307:
    case 308: {
      if (request.body === undefined) return { url: to.href, headers }
      return isSameOrigin ? { ...request, url: to.href } : null
    }
    default:
      return null
  }
}
