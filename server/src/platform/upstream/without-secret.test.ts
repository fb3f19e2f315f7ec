import { describe, expect, it } from 'vitest'
import { withoutSecret } from './without-secret.ts'

const key = 'sk+Ab/cd=="\\9&<x'
const json = JSON.stringify(key).slice(1, -1)
const everyEscape = Array.from(key).map(
  (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
)

describe('a text without a secret', () => {
  it.each([
    ['as it is', key],
    ['in JSON', json],
    ['in JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['in JSON of a server that escapes slashes', json.replace('/', '\\/')],
    [
      'in JSON of a server that escapes what HTML knows',
      json.replace('+', '\\u002B').replace('<', '\\u003c'),
    ],
    ['in JSON with every character escaped', everyEscape.join('')],
    ['in a URL', encodeURIComponent(key)],
  ])('does not hold it %s', (_, quoted) => {
    expect(withoutSecret(`Wrong key: ${quoted}, try ${quoted}!`, key)).toBe(
      'Wrong key: (secret), try (secret)!',
    )
  })

  it('is still JSON where it was', () => {
    for (const secret of [key, '"quoted"', '/a/b/c/d']) {
      const text = JSON.stringify({ error: `\\${secret}\n${secret}` }).replaceAll('/', '\\/')
      expect(JSON.parse(withoutSecret(text, secret))).toMatchObject({
        error: expect.stringMatching(/^\(secret\)\n\(secret\)$/),
      })
    }
  })

  it.each([
    ['nothing of it', 'sk\\u0041 \\ % %4 \\u00 sk+Ab/cd', key],
    ['a secret too short to be one', 'a short text', 'short'],
    ['no secret', 'a text', null],
    ['a secret of backslashes alone', 'a\\nb\\\\c', '\\'.repeat(8)],
  ])('stays as it is with %s', (_, text, secret) => {
    expect(withoutSecret(text, secret)).toBe(text)
  })
})
