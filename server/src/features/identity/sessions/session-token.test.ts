import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { standingClock } from '../../../../test/support/context.ts'
import { createVault } from '../../../platform/secrets/vault.ts'
import { mintSessionToken, readSessionToken, sessionKeyOf } from './session-token.ts'

const vault = createVault(Buffer.alloc(32, 1))
const sessionKey = sessionKeyOf(vault, undefined)
const clock = standingClock()
const ctx = { sessionKey, clock }
const session = { id: 'f'.repeat(64), userId: 'ada', expiresAt: clock.now + 100.7 }
const claim = { sessionId: session.id, userId: 'ada' }

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const payload = { sub: 'ada', sid: session.id, iat: clock.now, exp: clock.now + 100 }

/** A token signed by hand, with any head. */
function forge(head: object, key: Uint8Array = sessionKey, said: object = payload): string {
  const text = `${encode(head)}.${encode(said)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

describe('A session token', () => {
  it('says which session it stands for, and whose', async () => {
    const token = await mintSessionToken(ctx, session)
    expect(await readSessionToken(ctx, token)).toEqual(claim)
    const [, said = ''] = token.split('.')
    expect(JSON.parse(Buffer.from(said, 'base64url').toString())).toEqual(payload)
    expect(await readSessionToken(ctx, forge({ alg: 'HS256' }))).toEqual(claim)
  })

  it('is over when its session is', async () => {
    const token = await mintSessionToken(ctx, session)
    const at = (now: number) => readSessionToken({ sessionKey, clock: standingClock(now) }, token)
    expect(await at(clock.now + 99)).toEqual(claim)
    expect(await at(clock.now + 101)).toBeUndefined()
  })

  it('is nothing once a character differs, wherever that is', async () => {
    const token = await mintSessionToken(ctx, session)
    const places = Array.from(token).flatMap((character, at) => (character === '.' ? [] : [at]))
    for (const at of places) {
      // These two differ in a bit that counts, in the last place too.
      const other = token[at] === 'A' ? 'Q' : 'A'
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      expect(await readSessionToken(ctx, changed)).toBeUndefined()
    }
  })

  it.each([
    ['signed by nobody', `${encode({ alg: 'none' })}.${encode(payload)}.`],
    ['signed by nobody, with something', `${encode({ alg: 'none' })}.${encode(payload)}.AAAA`],
    ['that names another algorithm', forge({ alg: 'HS512' })],
    ['that names the algorithm of a key pair', forge({ alg: 'RS256' })],
    ['without an algorithm', forge({})],
    ['signed with another key', forge({ alg: 'HS256' }, Buffer.alloc(32, 9))],
    ['signed with no key', forge({ alg: 'HS256' }, new Uint8Array())],
    ['with an unknown critical part', forge({ alg: 'HS256', crit: ['x'], x: 1 })],
    ['without an end', forge({ alg: 'HS256' }, sessionKey, { ...payload, exp: undefined })],
    ['without a person', forge({ alg: 'HS256' }, sessionKey, { ...payload, sub: undefined })],
    ['without a session', forge({ alg: 'HS256' }, sessionKey, { ...payload, sid: undefined })],
    ['with a number for a session', forge({ alg: 'HS256' }, sessionKey, { ...payload, sid: 7 })],
    ['that is two parts', 'a.b'],
    ['that is far too long', `${'a'.repeat(4000)}.b.c`],
    ['that is nothing', ''],
  ])('is none when it is one %s', async (_what, token) => {
    expect(await readSessionToken(ctx, token)).toBeUndefined()
  })

  it('is none under another master key, or where the operator gave a key', async () => {
    const token = await mintSessionToken(ctx, session)
    const given = 'the words of an operator, long enough'
    const others = [
      sessionKeyOf(createVault(Buffer.alloc(32, 2)), undefined),
      sessionKeyOf(vault, given),
    ]
    for (const key of others) {
      expect(await readSessionToken({ sessionKey: key, clock }, token)).toBeUndefined()
    }
    const signed = await new SignJWT({ sid: session.id })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setIssuedAt(clock.now)
      .setExpirationTime(clock.now + 9)
      .sign(new TextEncoder().encode(given))
    expect(
      await readSessionToken({ sessionKey: sessionKeyOf(vault, given), clock }, signed),
    ).toEqual(claim)
  })

  it('is never signed with a key that could be guessed', () => {
    expect(() => sessionKeyOf(vault, 'x'.repeat(31))).toThrow('32 bytes')
    expect(sessionKeyOf(vault, 'ü'.repeat(16))).toHaveLength(32)
  })
})
