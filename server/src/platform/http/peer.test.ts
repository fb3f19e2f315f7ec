import { describe, expect, it } from 'vitest'
import { describePeer, peerReader, type PeerPolicy } from './peer.ts'

const policy: PeerPolicy = { allowedHosts: [], corsOrigins: 'loopback', trustProxy: false }

interface Given {
  readonly peer?: string | undefined
  readonly headers?: Record<string, string>
  readonly policy?: Partial<PeerPolicy>
}

function describeGiven(given: Given) {
  const peerAddress = 'peer' in given ? given.peer : '127.0.0.1'
  const headers = { host: 'localhost:7474', ...given.headers }
  return describePeer({ peerAddress, headers }, { ...policy, ...given.policy })
}

describe('the peer', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('is ours at %s', (peer) => {
    expect(describeGiven({ peer })).toMatchObject({ isLoopbackPeer: true, ip: peer })
  })

  it.each(['192.168.0.2', '::ffff:10.0.0.1', 'fe80::1', undefined])('is not at %s', (peer) => {
    expect(describeGiven({ peer }).isLoopbackPeer).toBe(false)
  })

  it.each([
    ['forwarded', 'for=127.0.0.1'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-for', ''],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'localhost'],
    ['x-real-ip', '127.0.0.1'],
    ['via', '1.1 proxy'],
    ['cf-connecting-ip', '127.0.0.1'],
  ])('is not ours when a proxy says %s: %s', (name, value) => {
    const peer = describeGiven({ headers: { [name]: value } })
    expect(peer).toMatchObject({ isLoopbackPeer: false, ip: '127.0.0.1' })
  })
})

describe('a trusted proxy', () => {
  const trusted = { trustProxy: true }

  it('names the client in the last entry, whatever the client claimed before', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' }
    expect(describeGiven({ headers, policy: trusted })).toMatchObject({
      isLoopbackPeer: false,
      ip: '203.0.113.9',
    })
  })

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1:4711', '127.0.0.1'],
    ['::1', '::1'],
    ['[::1]:4711', '::1'],
  ])('may name a loopback client as %s', (entry, ip) => {
    const headers = { 'x-forwarded-for': entry }
    expect(describeGiven({ headers, policy: trusted })).toMatchObject({ isLoopbackPeer: true, ip })
  })

  it.each(['unknown', '', ' , '])('that names nobody (%j) is not loopback', (entry) => {
    const headers = { 'x-forwarded-for': entry }
    expect(describeGiven({ headers, policy: trusted }).isLoopbackPeer).toBe(false)
  })

  it('that speaks only Forwarded is not loopback', () => {
    const headers = { forwarded: 'for=203.0.113.9' }
    expect(describeGiven({ headers, policy: trusted }).isLoopbackPeer).toBe(false)
  })

  it('changes nothing for a direct request', () => {
    expect(describeGiven({ policy: trusted }).isLoopbackPeer).toBe(true)
  })

  it('says which host was asked for', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'evil.example' }
    expect(describeGiven({ headers, policy: trusted }).isLoopbackHost).toBe(false)
    expect(describeGiven({ headers }).isLoopbackHost).toBe(true)
  })
})

describe('the host', () => {
  it.each([
    'localhost',
    'LOCALHOST:7474',
    'localhost.:7474',
    'pharos.localhost',
    '127.0.0.1:7474',
    '127.8.8.8',
    '[::1]:7474',
  ])('%s is ours', (host) => {
    expect(describeGiven({ headers: { host } }).isLoopbackHost).toBe(true)
  })

  it.each([
    'evil.com',
    'evil.com:7474',
    'localhost.evil.com',
    'evillocalhost',
    '127.0.0.1.evil.com',
    '127.0.0.1@evil.com',
    'evil.com#localhost',
    'localhost:7474@evil.com',
    'localhost, evil.com',
    '0.0.0.0:7474',
    '[::]',
    '192.168.0.2',
    '',
  ])('%s is not', (host) => {
    expect(describeGiven({ headers: { host } }).isLoopbackHost).toBe(false)
  })

  it('is ours when allowed, with any port', () => {
    const allowed = { allowedHosts: ['pharos.example.com'] }
    const asked = (host: string) => describeGiven({ headers: { host }, policy: allowed })
    expect(asked('Pharos.example.com:8080').isLoopbackHost).toBe(true)
    expect(asked('x.pharos.example.com').isLoopbackHost).toBe(false)
  })

  it('is not ours when absent', () => {
    expect(describePeer({ peerAddress: '127.0.0.1', headers: {} }, policy).isLoopbackHost).toBe(
      false,
    )
  })
})

describe('the origin', () => {
  const kindOf = (origin: string, given: Given = {}) =>
    describeGiven({ ...given, headers: { origin, ...given.headers } }).originKind

  it('may be absent', () => {
    expect(describeGiven({}).originKind).toBe('absent')
  })

  it('is own when it is the host that was asked for', () => {
    expect(kindOf('http://localhost:7474')).toBe('own')
    expect(kindOf('https://localhost:7474')).toBe('own')
  })

  it.each(['http://localhost:5173', 'http://127.0.0.1', 'http://[::1]:3000', 'http://a.localhost'])(
    '%s is allowed unless a list says otherwise',
    (origin) => {
      expect(kindOf(origin)).toBe('allowed')
      expect(kindOf(origin, { policy: { corsOrigins: [] } })).toBe('foreign')
      expect(kindOf(origin, { policy: { corsOrigins: [origin] } })).toBe('allowed')
    },
  )

  it.each([
    'null',
    'https://evil.com',
    'http://localhost.evil.com',
    'http://localhost:7474@evil.com',
    'http://evil.com/localhost',
    'http://localhost:7474/',
    'file://',
    'chrome-extension://localhost',
    '',
  ])('%j is foreign', (origin) => {
    expect(kindOf(origin)).toBe('foreign')
  })

  it('of a rebound name is own, but its host gives it away', () => {
    const headers = { host: 'evil.com:7474', origin: 'http://evil.com:7474' }
    expect(describeGiven({ headers })).toMatchObject({ originKind: 'own', isLoopbackHost: false })
  })

  it('is foreign when a page of another site loads us without naming itself', () => {
    const silent = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect(describeGiven({ headers: silent }).originKind).toBe('foreign')
  })

  it('is absent when a person follows a link to us', () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect(describeGiven({ headers: link }).originKind).toBe('absent')
  })
})

describe('the peers of one server', () => {
  const isTrustedProxy = (address: string) => address === '10.0.0.1'
  const read = peerReader({ allowedHosts: [], corsOrigins: 'loopback', isTrustedProxy })
  const headers = { 'x-forwarded-for': '192.0.2.7' }

  it.each([
    ['10.0.0.1', '192.0.2.7'],
    ['10.0.0.2', '10.0.0.2'],
    [undefined, undefined],
  ])('at the end of the socket is %s, so the client is %s', (peerAddress, ip) => {
    expect(read({ peerAddress, headers }).ip).toBe(ip)
  })
})
