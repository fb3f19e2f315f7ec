import { expect, it } from 'vitest'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { withoutBasic } from './basic.ts'

const request = (authorization: string | undefined): RequestFacts => ({
  id: 'r',
  method: 'POST',
  path: '/v1/traces',
  query: {},
  peerAddress: '127.0.0.1',
  headers: { host: 'localhost', ...(authorization === undefined ? {} : { authorization }) },
})

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

it.each([
  [basic('pk-lf-1:pharos_secret'), 'Bearer pharos_secret'],
  [basic('pk-lf-1:sk-lf-1'), undefined],
  [basic('no colon'), undefined],
  ['Basic ', 'Basic '],
  ['Bearer pharos_secret', 'Bearer pharos_secret'],
  [undefined, undefined],
])('reads %s as %s', (given, meant) => {
  expect(withoutBasic(request(given)).headers).toEqual({
    host: 'localhost',
    ...(meant === undefined ? {} : { authorization: meant }),
  })
})
