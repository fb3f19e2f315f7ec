import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Peer, PeerReader } from '../../platform/http/peer.ts'
import { allow } from './allow.ts'
import type { ApiKey } from './api-key.ts'
import {
  anonymousCaller,
  apiKeyCaller,
  localCaller,
  ownerKeyCaller,
  type Caller,
} from './caller.ts'

/** What the operator decided. */
export interface AccessPolicy {
  readonly auth: 'open' | 'required'
  readonly ingestAuth: 'loopback' | 'required' | 'open'
}

/** What a surface goes by to tell who asks. */
export interface CallerRules {
  readonly access: AccessPolicy
  readonly describePeer: PeerReader
  /** Told which key was used. */
  readonly onKeyUse: (keyId: string) => void
}

/** Where a request comes from, as far as the connection and its headers tell. */
export type Origin = Pick<Peer, 'isLoopbackPeer' | 'isLoopbackHost' | 'originKind'>

/** What a request showed to prove who sends it. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'apiKey'; readonly key: ApiKey }
  /** The key of an engine, shown to the one surface on which it means something. */
  | { readonly kind: 'ownerKey'; readonly ownerKey: string; readonly name: string }

/** Who may use a route: everybody, whoever may send spans, or holders of a scope. */
export type RouteAccess = 'public' | 'ingest' | Scope

export interface Approach {
  readonly peer: Origin
  readonly credential: Credential
  readonly access: RouteAccess
  /** The route belongs to a dialect whose clients always send some key (model gateways). */
  readonly ignoresUnknownKeys?: boolean
}

export const unknownKeyText = 'The API key is unknown, expired or revoked'

const isOwner = ({ isLoopbackPeer, isLoopbackHost, originKind }: Origin): boolean =>
  isLoopbackPeer && isLoopbackHost && originKind !== 'foreign'

/** Spans may come without a key, because the SDKs that send them cannot show one. */
function keylessIngester({ auth, ingestAuth }: AccessPolicy, peer: Origin): Caller {
  switch (ingestAuth) {
    case 'required':
      return anonymousCaller()
    case 'open':
      return auth === 'open' && isOwner(peer) ? localCaller() : anonymousCaller(['traces:write'])
    case 'loopback':
      if (!isOwner(peer)) return anonymousCaller()
      return auth === 'open' ? localCaller() : anonymousCaller(['traces:write'])
  }
}

function keylessCaller(policy: AccessPolicy, { peer, access }: Approach): Caller {
  if (access === 'ingest') return keylessIngester(policy, peer)
  return policy.auth === 'open' && isOwner(peer) ? localCaller() : anonymousCaller()
}

function isIgnored(policy: AccessPolicy, { access, ignoresUnknownKeys }: Approach): boolean {
  return access === 'public' || (ignoresUnknownKeys === true && policy.auth === 'open')
}

function findCaller(policy: AccessPolicy, approach: Approach): Caller {
  const { credential } = approach
  switch (credential.kind) {
    case 'apiKey':
      return apiKeyCaller(credential.key)
    case 'ownerKey':
      return ownerKeyCaller(credential.ownerKey, credential.name)
    case 'none':
      return keylessCaller(policy, approach)
    case 'unknown':
      if (isIgnored(policy, approach)) return keylessCaller(policy, approach)
      throw new DomainError('unauthenticated', unknownKeyText)
    case 'conflict':
      throw new DomainError('unauthenticated', 'Two different credentials were sent')
  }
}

/**
 * Decides who a request speaks for. In open mode one that comes from this machine, is addressed
 * to it and was not sent by a foreign web page is its owner; a key narrows any request to what
 * the key may do. Source: rulings, open and required mode.
 * @throws DomainError `unauthenticated` or `forbidden` when the route is not for that caller, so
 * that a request is refused before its body is read. The verb checks again.
 */
export function resolveCaller(policy: AccessPolicy, approach: Approach): Caller {
  const caller = findCaller(policy, approach)
  if (approach.access === 'public') return caller
  allow(caller, approach.access === 'ingest' ? 'traces:write' : approach.access)
  return caller
}
