import { hostNameOf, isLoopbackAddress, isLoopbackName } from './loopback.ts'
import type { RequestFacts } from './request-facts.ts'

export interface PeerPolicy {
  /** Host names besides loopback ones that mean this server. */
  readonly allowedHosts: readonly string[]
  /** Origins besides our own whose pages count as ours; `loopback` = any loopback origin. */
  readonly corsOrigins: readonly string[] | 'loopback'
  /** Whether a proxy in front of us writes `X-Forwarded-*`. */
  readonly trustProxy: boolean
}

type OriginKind = 'absent' | 'own' | 'allowed' | 'foreign'

/** Where a request comes from, as far as it can be known. */
export interface Peer {
  readonly isLoopbackPeer: boolean
  /** True for loopback names and for the allowed hosts. */
  readonly isLoopbackHost: boolean
  readonly originKind: OriginKind
  /** The client's address: the socket's, or what a trusted proxy says. */
  readonly ip: string | undefined
}

type PeerFacts = Pick<RequestFacts, 'headers' | 'peerAddress'>

export type PeerReader = (facts: PeerFacts) => Peer

export interface PeerRules extends Omit<PeerPolicy, 'trustProxy'> {
  /** Whether the address is that of a proxy whose forwarding headers are believed. */
  readonly isTrustedProxy: (address: string) => boolean
}

/** Describes each peer by the same rules; whether to trust a proxy is asked of the socket's end. */
export function peerReader({ isTrustedProxy, ...policy }: PeerRules): PeerReader {
  return (facts) => {
    const trustProxy = isTrustedProxy(facts.peerAddress ?? '')
    return describePeer(facts, { ...policy, trustProxy })
  }
}

const forwardingHeaders = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
]

function isForwarded({ headers }: PeerFacts): boolean {
  return (
    forwardingHeaders.some((name) => headers[name] !== undefined) ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded'))
  )
}

/** The last entry is the one that the proxy next to us wrote; those before it are claims. */
function lastEntry(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
    .replace(/^$/, 'unknown')
}

function clientAddress(facts: PeerFacts, trustProxy: boolean): string | undefined {
  const forwardedFor = facts.headers['x-forwarded-for']
  if (!trustProxy || forwardedFor === undefined) return facts.peerAddress
  const entry = lastEntry(forwardedFor) ?? 'unknown'
  return entry.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
}

/** A proxy that names the client in another way than `X-Forwarded-For` hides where it is. */
function comesFromLoopback(facts: PeerFacts, ip: string | undefined, trustProxy: boolean): boolean {
  if (ip === undefined || !isLoopbackAddress(ip)) return false
  if (!isForwarded(facts)) return true
  return trustProxy && facts.headers['x-forwarded-for'] !== undefined
}

function hostOf({ headers }: PeerFacts, trustProxy: boolean): string | undefined {
  const forwarded = headers['x-forwarded-host']
  return trustProxy && forwarded !== undefined ? lastEntry(forwarded) : headers.host
}

/**
 * By which name a client calls the server; undefined where a proxy that is not believed stands
 * between and may have changed it.
 */
export function calledHost(facts: PeerFacts, trustProxy: boolean): string | undefined {
  return isForwarded(facts) && !trustProxy ? undefined : hostOf(facts, trustProxy)
}

function isOurHost(host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (host === undefined) return false
  const name = hostNameOf(host).replace(/\.$/, '')
  return isLoopbackName(name) || allowedHosts.some((allowed) => hostNameOf(allowed) === name)
}

function parseOrigin(origin: string): URL | undefined {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === origin.toLowerCase()
    ? url
    : undefined
}

/** A request that a page of another site made without saying its origin (an image, a form). */
function isSilentCrossSite({ headers }: PeerFacts): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate'
}

function originKindOf(facts: PeerFacts, host: string | undefined, policy: PeerPolicy): OriginKind {
  const { origin } = facts.headers
  if (origin === undefined) return isSilentCrossSite(facts) ? 'foreign' : 'absent'
  const url = parseOrigin(origin)
  if (url === undefined) return 'foreign'
  if (host !== undefined && [`http://${host}`, `https://${host}`].includes(origin)) return 'own'
  const isAllowed =
    policy.corsOrigins === 'loopback'
      ? isLoopbackName(url.hostname)
      : policy.corsOrigins.includes(origin)
  return isAllowed ? 'allowed' : 'foreign'
}

/**
 * Says where a request comes from. A loopback peer is a loopback socket on which no proxy spoke
 * for someone else, unless the proxy is trusted to name the client. A foreign page that had its
 * own name resolve to this machine is found out by its `Host`, not by its `Origin`: both are
 * asked for. Source: rulings on open mode and flags (sections 3 and 8).
 */
export function describePeer(facts: PeerFacts, policy: PeerPolicy): Peer {
  const ip = clientAddress(facts, policy.trustProxy)
  const host = hostOf(facts, policy.trustProxy)
  return {
    isLoopbackPeer: comesFromLoopback(facts, ip, policy.trustProxy),
    isLoopbackHost: isOurHost(host, policy.allowedHosts),
    originKind: originKindOf(facts, host, policy),
    ip,
  }
}
