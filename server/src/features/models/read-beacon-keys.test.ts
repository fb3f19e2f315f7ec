import { describe, expect, it } from 'vitest'
import { readBeaconKeys } from './import-beacon-keys.ts'

describe('readBeaconKeys', () => {
  it('takes the keys of known providers as they stand', () => {
    const text = JSON.stringify({
      api_keys: { google: ' g ', openai: 'o', anthropic: '', mistral: 'm' },
      theme: 'dark',
    })
    expect(readBeaconKeys(text)).toEqual(
      new Map([
        ['openai', 'o'],
        ['google', ' g '],
      ]),
    )
  })

  it.each(['{}', '{"api_keys": null}', '{"api_keys": {"openai": 5}}'])(
    'finds no key in %s',
    (text) => {
      expect(readBeaconKeys(text)).toEqual(new Map())
    },
  )

  it.each(['', '{', '[]', 'null', '"text"', '{"api_keys": []}', '{"api_keys": "x"}'])(
    'cannot use %j',
    (text) => {
      expect(readBeaconKeys(text)).toBeUndefined()
    },
  )
})
