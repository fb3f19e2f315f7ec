import { expect, it } from 'vitest'
import { conditional, readIfMatch, tagged, tagHeaders } from './conditional.ts'
import type { RequestFacts } from './request-facts.ts'

function ask(given?: string): RequestFacts {
  const headers = given === undefined ? {} : { 'if-none-match': given }
  const facts = { id: 'r', method: 'GET', path: '/', query: {}, peerAddress: undefined }
  return { ...facts, headers }
}

const body = { data: ['"quoted", and more'] }
const { etag } = conditional(ask(), body).headers

it('gives the content with a weak tag that only another content changes', () => {
  expect(conditional(ask(), body)).toMatchObject({ status: 200, json: JSON.stringify(body) })
  expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
  expect(conditional(ask(), { ...body }).headers.etag).toBe(etag)
  expect(conditional(ask(), { data: [] }).headers.etag).not.toBe(etag)
})

it('tells caches what decides about it besides who asks', () => {
  expect(conditional(ask(), body, ['Accept']).headers).toEqual({
    etag,
    'cache-control': 'private, no-cache',
    vary: 'Origin, Cookie, Authorization, X-API-Key, Accept',
  })
})

it('goes by a word where there is one', () => {
  const { etag: own } = tagHeaders('v1')
  expect(tagged(ask(), { version: 'v1', json: '{}' })).toMatchObject({ status: 200, json: '{}' })
  expect(tagged(ask(own), { version: 'v1', json: '{}' }).status).toBe(304)
  expect(tagged(ask(own), { version: 'v2', json: '{}' }).status).toBe(200)
})

it.each([
  ['W/"v1"', true],
  ['"v1"', true],
  ['"v0", W/"v1"', true],
  ['*', true],
  ['W/"v2"', false],
  ['v1', false],
  ['', false],
])('lets who sent If-Match: %s change v1: %s', (given, isMeant) => {
  const facts = { ...ask(), headers: { 'if-match': given } }
  expect(readIfMatch(facts)?.('v1')).toBe(isMeant)
  expect(readIfMatch(ask())).toBeUndefined()
})

it.each([etag, etag.slice(2), `"other", ${etag}`, `W/"a,b",${etag},"c"`, '*', ' * '])(
  'gives nothing to who has it: %s',
  (given) => {
    expect(conditional(ask(given), body)).toMatchObject({ status: 304, text: '' })
  },
)

it.each(['', 'W/""', '"*"', etag.slice(0, -2), `${etag.slice(0, -1)}x"`, etag.slice(3, -1)])(
  'gives the content to who has another: %s',
  (given) => {
    expect(conditional(ask(given), body).status).toBe(200)
  },
)
