import { expect, it } from 'vitest'
import { JsonText, jsonWith } from './json-text.ts'

it('texts are put into an object as they are', () => {
  const texts = {
    list: new JsonText('[1.0e0,"\\ud800"]'),
    gone: undefined,
    'a"b': new JsonText('{}'),
  }
  expect(jsonWith({ id: 'x' }, texts)).toBe(
    String.raw`{"id":"x","list":[1.0e0,"\ud800"],"a\"b":{}}`,
  )
  expect(jsonWith({}, { only: new JsonText('null') })).toBe('{"only":null}')
  expect(jsonWith({ id: 'x' }, {})).toBe('{"id":"x"}')
})
