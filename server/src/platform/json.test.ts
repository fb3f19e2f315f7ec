import { expect, it } from 'vitest'
import { isJsonObject, parseObject } from './json.ts'

it.each(['{}', '{"a":[1]}', '{"__proto__":null}'])('%s is an object, and kept whole', (text) => {
  expect(isJsonObject(JSON.parse(text))).toBe(true)
  expect(JSON.stringify(parseObject(text))).toBe(text)
})

it.each(['null', '[]', '[{}]', '"{}"', '1', 'true'])('%s is none, and has no members', (text) => {
  expect(isJsonObject(JSON.parse(text))).toBe(false)
  expect(parseObject(text)).toEqual({})
})
