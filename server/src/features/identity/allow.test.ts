import { roles, scopes, type Role } from '@pharos/contract/vocabulary.ts'
import { describe, expect, it } from 'vitest'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, allowRoute, mayUse, type RouteAccess } from './allow.ts'
import { anonymousCaller, jobCaller, localCaller, type Caller } from './caller.ts'
import { scopesOfRole } from './role-scopes.ts'

describe('allow', () => {
  it('lets the local owner do everything', () => {
    for (const scope of scopes) expect(() => allow(localCaller(), scope)).not.toThrow()
  })

  it('asks nobody in particular to show a key', () => {
    expect(() => allow(anonymousCaller(), 'traces:read')).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    )
    expect(mayUse(anonymousCaller(['traces:write']), 'traces:write')).toBe(true)
  })

  it('refuses a known caller what it was not given, naming it', () => {
    const caller = jobCaller('retention', ['traces:write'])
    expect(() => allow(caller, 'traces:write')).not.toThrow()
    expect(() => allow(caller, 'keys:manage')).toThrow(
      expect.objectContaining({ code: 'forbidden', message: 'This needs the scope keys:manage' }),
    )
  })
})

describe('scopesOfRole', () => {
  it('gives each role all that the one below it may do, and more', () => {
    const sets = roles.map(scopesOfRole)
    for (const [index, set] of sets.entries()) {
      const below = sets[index - 1] ?? new Set()
      expect(set.isSupersetOf(below)).toBe(true)
      expect(set.size).toBeGreaterThan(below.size)
    }
  })

  it('gives the admin everything and the viewer nothing that changes anything', () => {
    expect(scopesOfRole('admin')).toEqual(new Set(scopes))
    expect([...scopesOfRole('viewer')].filter((scope) => !scope.endsWith(':read'))).toEqual([])
  })

  it.each([
    ['users:manage', 'manager'],
    ['models:manage', 'power_user'],
    ['completions:run', 'user'],
    ['settings:manage', 'admin'],
    ['keys:manage', 'admin'],
    ['audit:read', 'admin'],
  ] as const)('gives %s from the role %s on', (scope, first) => {
    expect(roles.find((role) => scopesOfRole(role).has(scope))).toBe(first)
  })
})

describe('allowRoute', () => {
  const person = (role: Role): Caller => ({
    kind: 'session',
    sessionId: 's',
    userId: 'u',
    role,
    scopes: scopesOfRole(role),
  })
  const key: Caller = {
    kind: 'apiKey',
    keyId: 'k',
    userId: 'u',
    subject: null,
    scopes: new Set(scopes),
  }
  const outcome = (caller: Caller, access: RouteAccess): unknown => {
    try {
      allowRoute(caller, access)
      return 'served'
    } catch (error) {
      return error instanceof DomainError ? [error.code, error.details] : error
    }
  }
  const missing = ['unauthenticated', { code: 'api_auth_error-missing_auth' }]

  it.each<[string, Caller, RouteAccess, unknown]>([
    ['anybody', anonymousCaller(), 'public', 'served'],
    ['a key', key, 'settings:manage', 'served'],
    ['a key with every scope', key, 'session:settings:manage', missing],
    ['a key with every scope', key, 'session', missing],
    ['work of the house', jobCaller('j', ['settings:manage']), 'session:settings:manage', missing],
    ['nobody', anonymousCaller(scopes), 'session', ['unauthenticated', undefined]],
    ['an admin', person('admin'), 'session:settings:manage', 'served'],
    ['a manager', person('manager'), 'session:settings:manage', ['forbidden', undefined]],
    ['a viewer', person('viewer'), 'session', 'served'],
    ['a viewer', person('viewer'), 'ingest', ['forbidden', undefined]],
    ['a user', person('user'), 'ingest', 'served'],
    ['a key without scopes', { ...key, scopes: new Set() }, 'known', 'served'],
    ['a viewer', person('viewer'), 'known', 'served'],
    ['nobody', anonymousCaller(scopes), 'known', ['unauthenticated', undefined]],
    ['the owner of an open server', localCaller(), 'session:tokens:own', 'served'],
  ])('%s: %#', (_who, caller, access, expected) => {
    expect(outcome(caller, access)).toEqual(expected)
  })
})
