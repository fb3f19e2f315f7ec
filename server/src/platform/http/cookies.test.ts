import { describe, expect, it } from 'vitest'
import { clearCookie, cookieOf, countingCookies, isCookieCounted, setCookie } from './cookies.ts'
import { describePeer, type Peer } from './peer.ts'

type Headers = Readonly<Record<string, string>>

const cookie = 'bodhiapp_session_id=secret'

function counted(method: string, headers: Headers, originKind: Peer['originKind']): boolean {
  return isCookieCounted({ method, headers }, { originKind })
}

/** As a server that people reach as `pharos.example` sees a request. */
function countedAt(method: string, headers: Headers): boolean {
  const all = { host: 'pharos.example', ...headers }
  const policy = { allowedHosts: [], corsOrigins: ['https://ui.example'], trustProxy: false }
  const peer = describePeer({ peerAddress: '203.0.113.5', headers: all }, policy)
  return isCookieCounted({ method, headers: all }, peer)
}

describe('Whether a cookie counts', () => {
  const navigates = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
  it.each<[Headers, string, Peer['originKind'], boolean]>([
    [{}, 'GET', 'absent', true],
    [{}, 'POST', 'absent', true],
    [{}, 'POST', 'own', true],
    [{}, 'POST', 'allowed', true],
    [{}, 'POST', 'foreign', false],
    [{}, 'PUT', 'foreign', false],
    [{}, 'PATCH', 'foreign', false],
    [{}, 'DELETE', 'foreign', false],
    [{}, 'GET', 'foreign', true],
    [{}, 'HEAD', 'foreign', true],
    [{ upgrade: 'websocket' }, 'GET', 'foreign', false],
    [{ upgrade: 'websocket' }, 'GET', 'own', true],
    [{ 'sec-fetch-site': 'same-origin' }, 'POST', 'own', true],
    [{ 'sec-fetch-site': 'same-site' }, 'POST', 'allowed', true],
    [{ 'sec-fetch-site': 'same-site' }, 'POST', 'foreign', false],
    [{ 'sec-fetch-site': 'same-site' }, 'GET', 'foreign', true],
    [{ 'sec-fetch-site': 'cross-site' }, 'GET', 'absent', false],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET', 'absent', false],
    [{ 'sec-fetch-site': 'cross-site' }, 'POST', 'own', false],
    [{ 'sec-fetch-site': 'cross-site' }, 'POST', 'allowed', false],
    [{ 'sec-fetch-site': 'made-up' }, 'GET', 'own', false],
    [{ 'sec-fetch-site': '' }, 'GET', 'own', false],
    [navigates, 'GET', 'absent', true],
    [navigates, 'HEAD', 'absent', true],
    [navigates, 'POST', 'absent', false],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'no-cors' }, 'GET', 'absent', false],
    [{ 'sec-fetch-site': 'none' }, 'GET', 'absent', false],
  ])('%j, %s, origin %s: %s', (headers, method, originKind, expected) => {
    expect(counted(method, headers, originKind)).toBe(expected)
  })

  it.each<[string, Headers, boolean]>([
    ['our own page', { origin: 'https://pharos.example', 'sec-fetch-site': 'same-origin' }, true],
    ['a page that is allowed', { origin: 'https://ui.example' }, true],
    [
      'a page of a neighbour',
      { origin: 'https://a.example', 'sec-fetch-site': 'same-site' },
      false,
    ],
    ['a page without an origin', { origin: 'null' }, false],
    ['a page of another port', { origin: 'https://pharos.example:8443' }, false],
    ['a page of another site', { origin: 'https://evil.example' }, false],
    ['a program', {}, true],
  ])('tells the origins apart: %s', (_who, headers, expected) => {
    expect(countedAt('POST', headers)).toBe(expected)
  })
})

describe('The cookies of a request', () => {
  const peer = { originKind: 'absent' } as const
  const read = (headers: Headers) => countingCookies({ method: 'GET', headers }, peer)

  it('are found among others, whatever these hold', () => {
    const held = `a=1; b; =; ${cookie}; c="x=y;z"; auth-token=a.b.c`
    expect(read({ cookie: held })).toEqual(['secret', 'a.b.c'])
    expect(read({ cookie: ' bodhiapp_session_id = "quoted" ' })).toEqual(['quoted'])
    expect(read({ cookie: 'xbodhiapp_session_id=1; bodhiapp_session_id=' })).toEqual([])
    expect(read({})).toEqual([])
  })

  it('are the first of a name, which is that of the nearest path', () => {
    expect(cookieOf({ headers: { cookie: 'a=1; a=2' } }, 'a')).toBe('1')
  })

  it('say nothing beside another scheme, which speaks alone', () => {
    expect(read({ cookie, authorization: 'Basic eDp5' })).toEqual([])
    expect(read({ cookie, authorization: 'bearer x' })).toEqual(['secret'])
  })
})

describe('A cookie that is set', () => {
  it('is out of reach for scripts and other sites', () => {
    expect(setCookie('a', 'b', { isSecure: false })).toBe('a=b; Path=/; HttpOnly; SameSite=Lax')
    expect(setCookie('a', 'b', { isSecure: true, maxAgeSeconds: 60.5 })).toBe(
      'a=b; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
    )
  })

  it('goes when it is cleared', () => {
    expect(clearCookie('a', { isSecure: true })).toBe(
      'a=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    )
  })
})
