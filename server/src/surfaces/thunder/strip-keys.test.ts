import { expect, it } from 'vitest'
import { keysIn, strippingOf, withoutKey, withoutKeys } from './strip-keys.ts'

it('cuts a name at its key', () => {
  expect(withoutKey('guide@ck_secret/with@more')).toBe('guide')
  expect(withoutKey('owner/model/guide@ck_secret')).toBe('owner/model/guide')
  expect(withoutKey('owner/model')).toBe('owner/model')
  expect(withoutKey('@ck_secret')).toBe('')
  expect(withoutKey('@cf/owner/model')).toBe('@cf/owner/model')
  expect(withoutKey(null)).toBeNull()
  expect(withoutKey(undefined)).toBeNull()
})

it('takes known keys out of source text and leaves its decorators', () => {
  const keys = keysIn({ user_api_key: 'team-key', active_mod_name: 'guide@ck_secret' })
  expect(keys).toEqual(['team-key', 'ck_secret'])
  expect(withoutKeys('@mod\ndef guide(): ... # guide@ck_secret', keys)).toBe(
    '@mod\ndef guide(): ... # guide',
  )
  expect(withoutKeys('owner/model/guide@unknown', [])).toBe('owner/model/guide')
})

it('takes known keys out of messages and details of any shape', () => {
  const strip = strippingOf(['ck_secret', 'team-key'])
  expect(strip('guide@ck_secret went wrong in guide@team-key: x@y')).toBe(
    'guide went wrong in guide: x@y',
  )
  const details = { 'guide@ck_secret': [1, null, { mod: 'guide@team-key' }], kept: true }
  expect(strip(details)).toEqual({ guide: [1, null, { mod: 'guide' }], kept: true })
  const same = { a: ['guide@ck_secret'] }
  expect(strippingOf([])(same)).toBe(same)
})
