import { hostNameOf, isLoopbackName } from './loopback.ts'
import type { RequestFacts } from './request-facts.ts'

export interface CanonicalPolicy {
  /** Where people find the server: scheme, host and perhaps the beginning of a path. */
  readonly publicUrl: string
  /**
   * The name by which a browser called the server; undefined where nobody can tell, because a proxy
   * that is not believed stands between.
   */
  readonly hostOf: (facts: CanonicalFacts) => string | undefined
}

type CanonicalFacts = Pick<RequestFacts, 'method' | 'path' | 'headers' | 'peerAddress'>

/** Monitors ask them by whatever name they have. */
const exempt = /^\/+(?:ping|health|healthz|api\/health|metrics)\/*$/

/**
 * The address at which a person should read what he opened under another name of the server, so that
 * his login, which belongs to one name, counts; undefined where he is right. Only pages are meant:
 * programs are served under every name. A name of this machine is left alone, because the owner of an
 * open server is known by it. Source: bodhi contract §11.2.
 */
export function canonicalUrl(
  { publicUrl, hostOf }: CanonicalPolicy,
  facts: CanonicalFacts,
  search: string,
): string | undefined {
  const { method, path, headers } = facts
  if (method !== 'GET' && method !== 'HEAD') return undefined
  if (headers.upgrade !== undefined || !path.startsWith('/') || exempt.test(path)) return undefined
  if (!(headers.accept ?? '').includes('text/html')) return undefined
  const host = hostOf(facts)
  if (host === undefined) return undefined
  const name = hostNameOf(host).replace(/\.$/, '')
  const { hostname } = new URL(publicUrl)
  if (name === '' || name === hostNameOf(hostname) || isLoopbackName(name)) return undefined
  return publicUrl.replace(/\/+$/, '') + path + search
}
