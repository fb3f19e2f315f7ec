import { expect, test } from 'vitest'
import { nextHop } from './redirect.ts'

const asked = {
  url: 'https://one.test/v1/mods',
  headers: { 'x-user-api-key': 'secret' },
  body: '{"admin_key":"secret"}',
}

function hop(status: number, location?: string, request: Partial<typeof asked> = asked) {
  const headers: Record<string, string> = location === undefined ? {} : { location }
  return nextHop({ ...asked, ...request }, { status, headers })
}

test('an answer that sends nowhere is the answer', () => {
  expect(hop(200, '/elsewhere')).toBeNull()
  expect(hop(400)).toBeNull()
  expect(hop(303)).toBeNull()
  expect(hop(303, 'file:///etc/passwd')).toBeNull()
})

test('a result that waits elsewhere is fetched, with the key only on the same origin', () => {
  expect(hop(303, '/result?id=1')).toEqual({
    url: 'https://one.test/result?id=1',
    headers: asked.headers,
  })
  expect(hop(302, 'https://two.test/result')).toEqual({
    url: 'https://two.test/result',
    headers: {},
  })
})

test('a question that is to be asked elsewhere leaves the origin neither with its body nor at all', () => {
  expect(hop(308, '/v1/mods/')).toEqual({ ...asked, url: 'https://one.test/v1/mods/' })
  expect(hop(307, 'http://one.test/v1/mods')).toBeNull()
  expect(hop(307, 'https://two.test/v1/mods')).toBeNull()
})
