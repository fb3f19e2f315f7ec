import { expect, it } from 'vitest'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { conditional } from './conditional.ts'

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
