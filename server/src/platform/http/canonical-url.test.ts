import { describe, expect, it, test } from 'vitest'
import { sendRaw, served, startSample } from '../../../test/support/sample-http.ts'
import { canonicalUrl } from './canonical-url.ts'

const browser = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'
const policy = {
  publicUrl: 'https://pharos.lab/base/',
  hostOf: ({ headers }: { headers: { host?: string | undefined } }) => headers.host,
}

function askedAs(host: string | undefined, change = {}) {
  const headers = { accept: browser, ...(host !== undefined && { host }) }
  return { method: 'GET', path: '/ui/a', headers, peerAddress: '192.0.2.1', ...change }
}

const target = 'https://pharos.lab/base/ui/a?b=1'

test.each([
  ['other.lab', target],
  ['other.lab:7474', target],
  ['192.0.2.7', target],
  ['pharos.lab', undefined],
  ['PHAROS.lab.', undefined],
  ['pharos.lab:7474', undefined],
  ['localhost:7474', undefined],
  ['ada.localhost', undefined],
  ['127.0.0.1', undefined],
  ['[::1]:7474', undefined],
  ['', undefined],
  [undefined, undefined],
])('a page opened as %s is at %s', (host, expected) => {
  expect(canonicalUrl(policy, askedAs(host), '?b=1')).toBe(expected)
})

test.each([
  [{ method: 'POST' }],
  [{ path: '/ping' }],
  [{ path: '/health' }],
  [{ path: '/healthz' }],
  [{ path: '/api/health/' }],
  [{ path: 'http://evil.test/' }],
  [{ headers: { host: 'other.lab' } }],
  [{ headers: { host: 'other.lab', accept: '*/*' } }],
  [{ headers: { host: 'other.lab', accept: 'application/json' } }],
  [{ headers: { host: 'other.lab', accept: browser, upgrade: 'websocket' } }],
])('what is no page stays: %j', (change) => {
  expect(canonicalUrl(policy, askedAs('other.lab', change), '')).toBeUndefined()
})

test('a path that looks like another server stays on ours', () => {
  expect(canonicalUrl(policy, askedAs('other.lab', { path: '//evil.test' }), '')).toBe(
    'https://pharos.lab/base//evil.test',
  )
})

describe('a server with a public address', () => {
  it('sends browsers there, from paths that nobody answers too', async () => {
    await using server = await startSample(served, { canonical: policy })
    for (const path of ['/v1/nothing?x=%20', '/v1/things/a']) {
      const headers = { host: 'other.lab', accept: browser }
      const reply = await sendRaw(server.port, { path, headers })
      expect([reply.status, reply.headers['location'], reply.text]).toEqual([
        301,
        `https://pharos.lab/base${path}`,
        '',
      ])
      expect(reply.headers['cache-control']).toBe('no-cache')
    }
    const program = await sendRaw(server.port, {
      path: '/v1/things/a',
      headers: { host: 'other.lab' },
    })
    expect(program.status).toBe(200)
  })
})
