import { expect, test } from 'vitest'
import { safeReason } from './safe-reason.ts'

const secret = 'ck_0123456789abcdef'

test.each([
  [{ detail: 'unknown name' }, 'unknown name'],
  [{ error: 'no such mod' }, 'no such mod'],
  [{ error: { message: 'no such mod', code: 1 } }, 'no such mod'],
  [{ message: 'two\r\n lines\0' }, 'two lines'],
  [{ detail: [{ loc: ['body'], msg: 'field required' }] }, null],
  [{ other: 'x' }, null],
  [{ detail: '  ' }, null],
  ['text', null],
  [null, null],
])('the reason in %j is %j', (body, reason) => {
  expect(safeReason(JSON.stringify(body), [secret])).toBe(reason)
})

test('what is no JSON gives no reason', () => {
  expect(safeReason('<html>Bad Gateway</html>', [])).toBeNull()
})

test('a long reason is cut between characters', () => {
  expect(safeReason(JSON.stringify({ detail: '🦉'.repeat(300) }), [])).toBe('🦉'.repeat(200))
})

test('a reason that tells a part of a secret is not shown', () => {
  const said = (text: string) => safeReason(JSON.stringify({ detail: text }), [secret, 'short'])
  expect(said(`bad key ${secret}`)).toBeNull()
  expect(said('bad key ...456789ab')).toBeNull()
  expect(said('bad key ck_0123...')).toBe('bad key ck_0123...')
  expect(said('a short one')).toBeNull()
})
