import { describe, expect, it } from 'vitest'
import { PasswordRoom } from './password-room.ts'
import { hashPassword, verifyPassword } from './passwords.ts'

/** `password` as the reference program hashes it with the salt `somesalt`. */
const reference = {
  cheap: '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  twoLanes: '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
  dear: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  other: '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
}

describe('A password', () => {
  it('is kept as a PHC string with a salt of its own, at the cost that was ruled', async () => {
    const [one, other] = [await hashPassword('correct horse'), await hashPassword('correct horse')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/-]{22}\$[\w+/-]{43}$/)
    expect(one).not.toBe(other)
    expect(await verifyPassword('correct horse', one)).toEqual({ isRight: true, isWeak: false })
    expect(await verifyPassword('Correct horse', one)).toEqual({ isRight: false, isWeak: false })
  })

  it('is one and the same in whatever code points its characters were typed', async () => {
    const stored = await hashPassword('Z\u00fcrich-1848')
    expect(await verifyPassword('Zu\u0308rich-1848', stored)).toMatchObject({ isRight: true })
  })

  it.each([
    ['of less memory', reference.cheap],
    ['of two lanes', reference.twoLanes],
    ['of a salt too short', reference.dear],
    ['of another algorithm', reference.other],
  ])('is recognised in a hash %s, which is to be made anew', async (_cost, stored) => {
    expect(await verifyPassword('password', stored)).toEqual({ isRight: true, isWeak: true })
    expect(await verifyPassword('passwort', stored)).toEqual({ isRight: false, isWeak: true })
  })

  it.each([
    ['nothing', null],
    ['no hash', 'plain text'],
    ['another scheme', '$2b$12$abcdefghijklmnopqrstuv'],
    ['an older version', reference.cheap.replace('v=19', 'v=16')],
    ['more memory than there may be', reference.cheap.replace('m=256', 'm=999999999')],
    ['no pass', reference.cheap.replace('t=2', 't=0')],
    ['a digest of a byte', reference.cheap.replace(/[^$]+$/, 'nf')],
  ])('is never right against %s', async (_what, stored) => {
    for (const password of ['password', '', '\0'.repeat(32)]) {
      expect(await verifyPassword(password, stored)).toMatchObject({ isRight: false })
    }
  })
})

describe('PasswordRoom', () => {
  it('hashes two at once and in turn, and sends away whom it would let wait too long', async () => {
    const running: (() => void)[] = []
    const begun: string[] = []
    const room = new PasswordRoom({
      hash: async (password) => {
        begun.push(password)
        await new Promise<void>((resolve) => running.push(resolve))
        return password
      },
      verify: () => Promise.reject(new Error('It fails')),
    })
    const all = Array.from({ length: 66 }, (_, index) => room.hash(`${index}`))
    await expect(room.hash('late')).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    expect(begun).toEqual(['0', '1'])
    for (const [index, one] of all.entries()) {
      running[index]?.()
      await one
      await Promise.resolve()
      expect(begun.length).toBeLessThanOrEqual(index + 3)
    }
    expect(begun).toEqual(Array.from({ length: 66 }, (_, index) => `${index}`))
  })

  it('goes on after a hash that failed', async () => {
    let failures = 0
    const room = new PasswordRoom({
      hash: (password) => Promise.resolve(password),
      verify: () => Promise.reject(new Error(`${(failures += 1)}`)),
    })
    const failed = Array.from({ length: 5 }, () => room.verify('x', null))
    const settled = await Promise.allSettled(failed)
    expect(settled.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
    expect(await room.hash('still')).toBe('still')
  })
})
