import { expect, it } from 'vitest'
import { withoutSecrets } from './request-facts.ts'

it.each([
  ['/logs/stream?api_key=ck_1%2B2&x=1', '/logs/stream?api_key=(secret)&x=1'],
  ['/logs?limit=5&API_KEY=a%26b', '/logs?limit=5&API_KEY=(secret)'],
  [
    '/app/login/callback?state=a&code=b&iss=c',
    '/app/login/callback?state=(secret)&code=(secret)&iss=c',
  ],
  ['/app/login?setup_token=a', '/app/login?setup_token=(secret)'],
  ['/logs/stream?ticket=v1:abc', '/logs/stream?ticket=(secret)'],
  ['/logs?api%5Fkey=k&q=word', '/logs?api%5Fkey=(secret)&q=word'],
  ['/logs/a%20b?limit=5&offset=0', '/logs/a%20b?limit=5&offset=0'],
])('logs %s as %s', (url, shown) => {
  expect(withoutSecrets(url)).toBe(shown)
})
