import { describe, expect, it } from 'vitest'
import { accessTokenClaims, personOf, type Claims } from './claims.ts'

const issuer = 'https://id.test'

function person(claims: Partial<Claims>) {
  const whole = { subject: 's', idToken: {}, userInfo: {}, accessToken: {}, ...claims }
  return personOf(issuer, whole, 'pharos')
}

function tokenOf(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`
}

const withRoles = (...words: unknown[]) => ({ resource_access: { pharos: { roles: words } } })

describe('personOf', () => {
  it('takes the most powerful role that any token gives at this client', () => {
    const idToken = withRoles('resource_user')
    expect(person({ idToken }).role).toBe('user')
    const accessToken = withRoles('offline_access', 'resource_manager', 'resource_power_user')
    expect(person({ idToken, accessToken }).role).toBe('manager')
    const userInfo = withRoles('resource_admin')
    expect(person({ idToken, accessToken, userInfo }).role).toBe('admin')
  })

  it.each([
    {},
    { resource_access: { other: { roles: ['resource_admin'] } } },
    { resource_access: ['resource_admin'] },
    { resource_access: { pharos: ['resource_admin'] } },
    { resource_access: { pharos: { roles: 'resource_admin' } } },
    withRoles('admin', 'Resource_Admin', 'constructor', '__proto__', 7, null),
    { roles: ['resource_admin'], realm_access: { roles: ['resource_admin'] } },
  ])('finds no role in %j', (idToken) => {
    expect(person({ idToken }).role).toBeUndefined()
  })

  it('reads no entry that every object has', () => {
    const claims = { subject: 's', idToken: { resource_access: {} }, userInfo: {}, accessToken: {} }
    expect(personOf(issuer, claims, 'constructor').role).toBeUndefined()
  })

  it('believes that an address is verified only from who tells the address', () => {
    const email = 'a@lab.test'
    const cases = [
      [{ idToken: { email, email_verified: true } }, true],
      [{ idToken: { email, email_verified: 'true' } }, true],
      [{ idToken: { email } }, false],
      [{ idToken: { email, email_verified: 'yes' } }, false],
      [{ idToken: { email_verified: true }, userInfo: { email } }, false],
      [{ idToken: { email }, userInfo: { email: 'b@lab.test', email_verified: true } }, false],
      [{ userInfo: { email, email_verified: true } }, true],
    ] as const
    for (const [claims, isEmailVerified] of cases) {
      expect(person(claims), JSON.stringify(claims)).toMatchObject({ email, isEmailVerified })
    }
  })

  it('calls somebody by name, else by user name, address or subject', () => {
    const names = { name: 'Ann', preferred_username: 'ann' }
    expect(person({ idToken: names }).name).toBe('Ann')
    expect(person({ idToken: { preferred_username: 'ann' } }).name).toBe('ann')
    expect(person({ idToken: { name: ' ', email: 'x@lab.test' } }).name).toBe('x')
    expect(person({}).name).toBe('s')
  })
})

describe('accessTokenClaims', () => {
  const about = { issuer, subject: 's' }

  it('reads a token of this issuer about this person and no other', () => {
    const claims = { iss: issuer, sub: 's', ...withRoles('resource_user') }
    expect(accessTokenClaims(tokenOf(claims), about)).toEqual(claims)
    const strange = ['opaque', '', 'a.b.c', tokenOf({ ...claims, sub: 't' }), tokenOf({ sub: 's' })]
    for (const token of strange) expect(accessTokenClaims(token, about), token).toEqual({})
  })
})
