import { DomainError } from '../../platform/domain-error.ts'
import type { Peer, PeerReader } from '../../platform/http/peer.ts'
import { allowRoute, type RouteAccess } from './allow.ts'
import type { ApiKey } from './api-key.ts'
import {
  anonymousCaller,
  apiKeyCaller,
  localCaller,
  ownerKeyCaller,
  sessionCaller,
  type Caller,
  type CallerFrom,
} from './caller.ts'
import type { LiveSession } from './sessions/session.ts'

/** What the operator decided. */
export interface AccessPolicy {
  readonly auth: 'open' | 'required'
  readonly ingestAuth: 'loopback' | 'required' | 'open'
}

/** What a surface goes by to tell who asks. */
export interface CallerRules {
  /** Asked at each request, since it may be changed while the server runs. */
  readonly access: () => AccessPolicy
  readonly describePeer: PeerReader
  /** Told which key was used, and from which address. */
  readonly onKeyUse: (keyId: string, ip: string | null) => void
  /** Told which session was used. */
  readonly onSessionUse: (session: LiveSession) => void
}

/** Where a request comes from, as far as the connection and its headers tell. */
export type Origin = Pick<Peer, 'isLoopbackPeer' | 'isLoopbackHost' | 'originKind'>

/** What a request showed to prove who sends it. */
export type Credential =
  | { readonly kind: 'none' }
  /** `code` says why, where clients tell it apart; `isToken` that it looked like a session token. */
  | { readonly kind: 'unknown'; readonly code?: string; readonly isToken?: true }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'apiKey'; readonly key: ApiKey }
  | { readonly kind: 'session'; readonly session: LiveSession }
  /** A session that does not stand any more, or of which nobody can tell now; with the reason. */
  | { readonly kind: 'lapsed'; readonly why: DomainError }
  /** The key of an engine, shown to the one surface on which it means something. */
  | { readonly kind: 'ownerKey'; readonly ownerKey: string; readonly name: string }

export interface Approach {
  readonly peer: Origin
  readonly credential: Credential
  readonly access: RouteAccess
  /** The route belongs to a dialect whose clients always send some key (model gateways). */
  readonly ignoresUnknownKeys?: boolean
  readonly from?: CallerFrom
}

export const unknownKeyText = 'The API key is unknown, expired or revoked'

const unknownSessionText = 'The session token is unknown, expired or ended'

/**
 * Whether a request comes from this machine, is addressed to it and was not sent by a foreign web
 * page: the peer alone would let in every page that a browser here shows.
 */
export function isAtThisMachine({ isLoopbackPeer, isLoopbackHost, originKind }: Origin): boolean {
  return isLoopbackPeer && isLoopbackHost && originKind !== 'foreign'
}

/** Spans may come without a key, because the SDKs that send them cannot show one. */
function keylessIngester({ auth, ingestAuth }: AccessPolicy, peer: Origin): Caller {
  switch (ingestAuth) {
    case 'required':
      return anonymousCaller()
    case 'open':
      return auth === 'open' && isAtThisMachine(peer)
        ? localCaller()
        : anonymousCaller(['traces:write'])
    case 'loopback':
      if (!isAtThisMachine(peer)) return anonymousCaller()
      return auth === 'open' ? localCaller() : anonymousCaller(['traces:write'])
  }
}

function keylessCaller(policy: AccessPolicy, { peer, access }: Approach): Caller {
  if (access === 'ingest') return keylessIngester(policy, peer)
  return policy.auth === 'open' && isAtThisMachine(peer) ? localCaller() : anonymousCaller()
}

function isIgnored(policy: AccessPolicy, { access, ignoresUnknownKeys }: Approach): boolean {
  return access === 'public' || (ignoresUnknownKeys === true && policy.auth === 'open')
}

function unknownCredential({
  code,
  isToken,
}: Extract<Credential, { kind: 'unknown' }>): DomainError {
  const text = isToken === true ? unknownSessionText : unknownKeyText
  return new DomainError('unauthenticated', text, code === undefined ? {} : { details: { code } })
}

function findCaller(policy: AccessPolicy, approach: Approach): Caller {
  const { credential } = approach
  switch (credential.kind) {
    case 'apiKey':
      return apiKeyCaller(credential.key)
    case 'ownerKey':
      return ownerKeyCaller(credential.ownerKey, credential.name)
    case 'session':
      return sessionCaller(credential.session)
    case 'none':
      return keylessCaller(policy, approach)
    case 'lapsed':
      if (isIgnored(policy, approach)) return keylessCaller(policy, approach)
      throw credential.why
    case 'unknown':
      if (isIgnored(policy, approach)) return keylessCaller(policy, approach)
      throw unknownCredential(credential)
    case 'conflict':
      throw new DomainError('unauthenticated', 'Two different credentials were sent')
  }
}

/**
 * Decides who a request speaks for. In open mode whoever is at this machine is its owner; a key or a
 * session narrows any request to what the key or the person may do. Source: rulings, open and required mode.
 * @throws DomainError `unauthenticated` or `forbidden` when the route is not for that caller, so
 * that a request is refused before its body is read. The verb checks again.
 */
export function resolveCaller(policy: AccessPolicy, approach: Approach): Caller {
  const found = findCaller(policy, approach)
  const caller = approach.from === undefined ? found : { ...found, from: approach.from }
  allowRoute(caller, approach.access)
  return caller
}

/** Tells what counts uses what a request was let in with. */
export function noteUse(rules: CallerRules, credential: Credential, ip: string | null): void {
  if (credential.kind === 'apiKey') rules.onKeyUse(credential.key.id, ip)
  if (credential.kind === 'session') rules.onSessionUse(credential.session)
}
