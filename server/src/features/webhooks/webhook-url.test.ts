import { describe, expect, it } from 'vitest'
import {
  authorizationOf,
  bareUrl,
  checkTestUrl,
  checkWebhookUrl,
  splitAddress,
  wholeAddress,
} from './webhook-url.ts'

describe('The address of a webhook', () => {
  it.each(['http://a.test/', 'https://user:pass@a.test:8443/x?y=z', 'HTTP://127.0.0.1:1'])(
    'may be %s',
    (url) => expect(checkWebhookUrl(url)).toBe(url),
  )

  it.each([
    ['ftp://a.test/', /http or https address, not to ftp:/],
    ['javascript:alert(1)', /not to javascript:/],
    ['file:///etc/passwd', /not to file:/],
    ['a.test', /is a URL/],
    ['', /is a URL/],
    [`http://a.test/${'x'.repeat(2000)}`, /at most 2000/],
  ])('may not be %s', (url, words) => {
    expect(() => checkWebhookUrl(url)).toThrow(words)
  })

  it('is noted without user and password, which are sent beside it', () => {
    const url = 'https://user:p%40ss@a.test/x?y=z'
    expect(bareUrl(url)).toBe('https://a.test/x?y=z')
    expect(bareUrl('https://a.test')).toBe('https://a.test')
    const encoded = Buffer.from('user:p@ss').toString('base64')
    expect(authorizationOf(url)).toEqual({ authorization: `Basic ${encoded}` })
    expect(authorizationOf('https://a.test')).toEqual({})
  })

  it.each([
    ['https://user:p%40ss@a.test/x', 'https://user:****@a.test/x', 'user:p%40ss'],
    ['https://token@a.test/', 'https://****@a.test/', 'token:'],
    ['https://:pass:word@a.test/', 'https://:****@a.test/', ':pass%3Aword'],
    ['HTTPS://a.test', 'HTTPS://a.test', null],
  ])('%s is shown as %s', (url, shown, credentials) => {
    expect(splitAddress(url)).toEqual({ shown, credentials })
    expect(authorizationOf(wholeAddress(shown, credentials))).toEqual(authorizationOf(url))
    expect(bareUrl(wholeAddress(shown, credentials))).toBe(bareUrl(url))
  })

  it('has no user and no password where it is that of a test', () => {
    expect(checkTestUrl('http://a.test/?x=1')).toBe('http://a.test/?x=1')
    expect(() => checkTestUrl('http://me:too@a.test/')).toThrow(/no user and password/)
    expect(() => checkTestUrl('http://token@a.test/')).toThrow(/no user and password/)
    expect(() => checkTestUrl('ftp://a.test/')).toThrow(/http or https/)
  })
})
