import { describe, expect, it } from 'vitest'
import type { ApiKey } from './api-key.ts'
import {
  resolveCaller,
  type AccessPolicy,
  type Approach,
  type Credential,
  type Origin,
} from './resolve-caller.ts'

const here: Origin = { isLoopbackPeer: true, isLoopbackHost: true, originKind: 'absent' }
const remote: Origin = { isLoopbackPeer: false, isLoopbackHost: false, originKind: 'absent' }
const rebound: Origin = { ...here, isLoopbackHost: false }
const foreignPage: Origin = { ...here, originKind: 'foreign' }
const ownPage: Origin = { ...here, originKind: 'own' }
const allowedPage: Origin = { ...here, originKind: 'allowed' }

const open: AccessPolicy = { auth: 'open', ingestAuth: 'loopback' }
const required: AccessPolicy = { auth: 'required', ingestAuth: 'loopback' }

const key: ApiKey = {
  id: 'k1',
  number: 1,
  prefix: 'pharos_1',
  format: 'pharos',
  userId: null,
  name: 'reader',
  description: '',
  scopes: ['traces:read'],
  subject: 'team-a',
  status: 'active',
  limits: null,
  models: null,
  expiresAt: null,
  requestCount: 0,
  lastUsedAt: null,
  createdAt: 0,
  updatedAt: 0,
}
const shown: Credential = { kind: 'apiKey', key }

/** The kind of the caller and whether it may write traces, or the code of the refusal. */
function outcome(policy: AccessPolicy, approach: Partial<Approach>): string {
  try {
    const caller = resolveCaller(policy, {
      peer: here,
      credential: { kind: 'none' },
      access: 'traces:read',
      ...approach,
    })
    return `${caller.kind}${caller.scopes.has('traces:write') ? ' writes' : ''}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'bug'
  }
}

describe('resolveCaller without a credential', () => {
  it.each<[string, AccessPolicy, Origin, string]>([
    ['this machine in open mode', open, here, 'local writes'],
    ['our own page in open mode', open, ownPage, 'local writes'],
    ['an allowed page in open mode', open, allowedPage, 'local writes'],
    ['a foreign web page in open mode', open, foreignPage, 'unauthenticated'],
    ['a foreign Host header in open mode', open, rebound, 'unauthenticated'],
    ['another machine in open mode', open, remote, 'unauthenticated'],
    ['this machine in required mode', required, here, 'unauthenticated'],
  ])('judges %s', (_, policy, peer, expected) => {
    expect(outcome(policy, { peer })).toBe(expected)
  })

  it.each(['traces:read', 'settings:manage'] as const)(
    'lets nobody but the owner use %s',
    (access) => {
      expect(outcome(open, { access })).toBe('local writes')
      expect(outcome(open, { access, peer: remote })).toBe('unauthenticated')
    },
  )

  it('lets everybody use a public route, with no power', () => {
    expect(outcome(required, { access: 'public', peer: remote })).toBe('anonymous')
    expect(outcome(open, { access: 'public', peer: foreignPage })).toBe('anonymous')
    expect(outcome(open, { access: 'public' })).toBe('local writes')
  })
})

describe('resolveCaller for spans without a credential', () => {
  const policies = (ingestAuth: AccessPolicy['ingestAuth']): AccessPolicy[] => [
    { auth: 'open', ingestAuth },
    { auth: 'required', ingestAuth },
  ]
  it.each<[AccessPolicy['ingestAuth'], Origin, string, string]>([
    ['loopback', here, 'local writes', 'anonymous writes'],
    ['loopback', ownPage, 'local writes', 'anonymous writes'],
    ['loopback', remote, 'unauthenticated', 'unauthenticated'],
    ['loopback', foreignPage, 'unauthenticated', 'unauthenticated'],
    ['loopback', rebound, 'unauthenticated', 'unauthenticated'],
    ['required', here, 'unauthenticated', 'unauthenticated'],
    ['required', remote, 'unauthenticated', 'unauthenticated'],
    ['open', here, 'local writes', 'anonymous writes'],
    ['open', remote, 'anonymous writes', 'anonymous writes'],
    ['open', foreignPage, 'anonymous writes', 'anonymous writes'],
  ])('%s: %j gives %s in open and %s in required mode', (ingestAuth, peer, ...expected) => {
    const outcomes = policies(ingestAuth).map((policy) =>
      outcome(policy, { peer, access: 'ingest' }),
    )
    expect(outcomes).toEqual(expected)
  })

  it('gives the power to write traces and no other', () => {
    const approach = { peer: here, credential: { kind: 'none' }, access: 'ingest' } as const
    expect([...resolveCaller(required, approach).scopes]).toEqual(['traces:write'])
  })
})

describe('resolveCaller with a credential', () => {
  it('narrows every request to what the key may do, the owner of the machine too', () => {
    for (const policy of [open, required]) {
      for (const peer of [here, remote, foreignPage]) {
        expect(outcome(policy, { peer, credential: shown })).toBe('apiKey')
        expect(outcome(policy, { peer, credential: shown, access: 'settings:manage' })).toBe(
          'forbidden',
        )
        expect(outcome(policy, { peer, credential: shown, access: 'ingest' })).toBe('forbidden')
      }
    }
  })

  it('carries the key, its owner label and its scopes', () => {
    const caller = resolveCaller(open, { peer: remote, credential: shown, access: 'traces:read' })
    expect(caller).toEqual({
      kind: 'apiKey',
      keyId: 'k1',
      userId: null,
      subject: 'team-a',
      name: 'reader',
      keyVersion: '0',
      scopes: new Set(['traces:read']),
    })
  })

  it('refuses unknown keys, but for gateways in open mode and routes that are public', () => {
    const credential: Credential = { kind: 'unknown' }
    const ignoresUnknownKeys = true
    expect(outcome(open, { credential })).toBe('unauthenticated')
    expect(outcome(open, { credential, access: 'ingest' })).toBe('unauthenticated')
    expect(outcome(required, { credential })).toBe('unauthenticated')
    expect(outcome(open, { credential, ignoresUnknownKeys })).toBe('local writes')
    expect(outcome(open, { credential, ignoresUnknownKeys, peer: remote })).toBe('unauthenticated')
    expect(outcome(required, { credential, ignoresUnknownKeys })).toBe('unauthenticated')
    expect(outcome(required, { credential, access: 'public', peer: remote })).toBe('anonymous')
  })

  it('refuses two different credentials everywhere', () => {
    const credential: Credential = { kind: 'conflict' }
    for (const access of ['public', 'ingest', 'traces:read'] as const) {
      expect(outcome(open, { credential, access })).toBe('unauthenticated')
    }
  })
})
