import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checkTokenForm, clientIdOf, newTokenSecret, tokenPrefixOf } from './bodhi-token.ts'

describe('The secret of an API token', () => {
  it('is a prefix, random text, its checksum and the install that made it', () => {
    const secret = newTokenSecret('install-1')
    const [, random = '', check = ''] =
      /^sk-bodhiapp_([\w-]{43})([\w-]{6})\.install-1$/.exec(secret) ?? []
    expect(Buffer.from(random, 'base64url')).toHaveLength(32)
    expect(Buffer.from(check, 'base64url').readUInt32BE()).toBe(crc32(random))
    expect(tokenPrefixOf(secret)).toBe(`sk-bodhiapp_${random.slice(0, 8)}`)
    expect(clientIdOf(secret)).toBe('install-1')
    expect(newTokenSecret('install-1')).not.toBe(secret)
  })

  it('is whole as it was made', () => {
    expect(checkTokenForm(newTokenSecret('a.b'))).toBe('whole')
  })

  it('is broken when one character differs, wherever that is', () => {
    const secret = newTokenSecret('x')
    const begin = 'sk-bodhiapp_'.length
    for (let at = begin; at < begin + 49; at += 1) {
      const other = secret[at] === 'A' ? 'B' : 'A'
      expect(checkTokenForm(secret.slice(0, at) + other + secret.slice(at + 1))).toBe('broken')
    }
  })

  it.each([
    ['cut', (secret: string) => secret.slice(0, -3)],
    ['without its install', (secret: string) => secret.replace(/\..*/, '')],
    ['with an empty install', (secret: string) => secret.replace(/\..*/, '.')],
    ['far too long', (secret: string) => secret + 'x'.repeat(512)],
    ['only its prefix', () => 'sk-bodhiapp_'],
  ])('is broken when it is %s', (_how, change) => {
    expect(checkTokenForm(change(newTokenSecret('ab')))).toBe('broken')
  })

  it.each(['', 'sk-bodhiapp', 'pharos_abc', 'Bearer'])('is not the text %j', (text) => {
    expect(checkTokenForm(text)).toBe('other')
  })
})
