import { describe, expect, it } from 'vitest'
import { parseMasterKey } from './master-key.ts'
import { hashToken, isSameSecret, maskSecret, newToken } from './tokens.ts'
import { createVault } from './vault.ts'

const vault = createVault(Buffer.alloc(32, 1))
const other = createVault(Buffer.alloc(32, 2))

describe('createVault', () => {
  it.each(['', 'sk-1', 'schlüssel 🔑', 'x'.repeat(100_000)])('opens what it sealed', (plain) => {
    const sealed = vault.seal(plain, 'provider-key')
    expect(sealed).toMatch(/^v1:[A-Za-z0-9+/=]+$/)
    expect(vault.open(sealed, 'provider-key')).toBe(plain)
  })

  it('never seals the same text the same way', () => {
    const sealed = Array.from({ length: 50 }, () => vault.seal('same', 'p'))
    expect(new Set(sealed).size).toBe(50)
    expect(sealed.join()).not.toContain(Buffer.from('same').toString('base64').slice(0, 5))
  })

  it('refuses another key, another purpose, another version and any changed byte', () => {
    const sealed = vault.seal('text', 'p')
    const bytes = Buffer.from(sealed.slice(3), 'base64')
    const damaged = Array.from(bytes.keys(), (at) => {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ 1
      return `v1:${copy.toString('base64')}`
    })
    const wrong = { code: 'precondition', message: expect.stringContaining('cannot be opened') }
    const attempts = [
      () => other.open(sealed, 'p'),
      () => vault.open(sealed, 'q'),
      () => vault.open(`v2:${sealed.slice(3)}`, 'p'),
      () => vault.open('', 'p'),
      () => vault.open('v1:', 'p'),
      () => vault.open('v1:AAAA', 'p'),
      ...damaged.map((text) => () => vault.open(text, 'p')),
    ]
    for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining(wrong))
  })

  it('gives keyed values that depend on key, purpose and text alone', () => {
    expect(vault.mac('t', 'p')).toBe(createVault(Buffer.alloc(32, 1)).mac('t', 'p'))
    const values = [vault.mac('t', 'p'), vault.mac('u', 'p'), vault.mac('t', 'q')]
    const all = [...values, other.mac('t', 'p'), vault.fingerprint, other.fingerprint]
    expect(new Set(all).size).toBe(all.length)
    expect(vault.deriveKey('session')).toHaveLength(32)
    expect(vault.deriveKey('session')).not.toEqual(vault.deriveKey('webhook'))
  })
})

describe('tokens', () => {
  it('are new each time and keep their prefix', () => {
    const tokens = [newToken('pharos_'), newToken('pharos_')]
    expect(tokens[0]).toMatch(/^pharos_[0-9a-f]{64}$/)
    expect(tokens[0]).not.toBe(tokens[1])
  })

  it('are stored as SHA-256', () => {
    expect(hashToken('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('are the same only when equal', () => {
    expect(isSameSecret('a', 'a')).toBe(true)
    expect(isSameSecret('a', 'b')).toBe(false)
    expect(isSameSecret('a', 'aa')).toBe(false)
  })

  it('are shown by their last four characters, a short one not at all', () => {
    expect(maskSecret('sk-1234567890abcd')).toBe('…abcd')
    expect(maskSecret('hunter2')).toBe('…')
  })
})

describe('parseMasterKey', () => {
  it('reads base64 of exactly 32 bytes in either alphabet', () => {
    const key = Buffer.alloc(32, 0xfb)
    expect(parseMasterKey(`${key.toString('base64')}\n`)).toEqual(key)
    expect(parseMasterKey(key.toString('base64url'))).toEqual(key)
    expect(parseMasterKey(key.subarray(1).toString('base64'))).toBeUndefined()
    expect(parseMasterKey('not base64 at all, but long enough to be it')).toBeUndefined()
    expect(parseMasterKey('')).toBeUndefined()
  })
})
