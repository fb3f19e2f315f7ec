import { roles, scopes } from '@pharos/contract/vocabulary.ts'
import { describe, expect, it } from 'vitest'
import { allow, mayUse } from './allow.ts'
import { anonymousCaller, jobCaller, localCaller } from './caller.ts'
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
