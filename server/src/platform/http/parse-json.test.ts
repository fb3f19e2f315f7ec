import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError, type InputProblem } from './input-error.ts'
import { locateJsonFault } from './json-fault.ts'
import { isJsonMediaType, maxJsonDepth, parseJson } from './parse-json.ts'

function problemOf(text: string | Uint8Array): InputProblem {
  try {
    parseJson(Buffer.from(text))
  } catch (error) {
    if (error instanceof InputError) return error.problem
    throw error
  }
  throw new Error('was parsed')
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('parseJson', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('skips a byte order mark', () => {
    expect(parseJson(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 })
  })

  it.each(['NaN', '{"a":Infinity}', '[-Infinity]', '{a:1}', "{'a':1}", '[1,]', '', 'nul'])(
    'refuses %j',
    (text) => {
      expect(problemOf(text).kind).toBe('not-json')
    },
  )

  it('keeps escaped NUL and lone surrogates', () => {
    expect(parseJson(Buffer.from(String.raw`["\u0000","\ud800"]`))).toEqual(['\u0000', '\ud800'])
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(problemOf(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ kind: 'not-json' })
  })

  it('takes the greatest depth and refuses one more', () => {
    expect(parseJson(Buffer.from(nested(maxJsonDepth)))).toBeInstanceOf(Array)
    expect(problemOf(nested(maxJsonDepth + 1))).toEqual({ kind: 'too-deep', limit: 200 })
  })

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify({ a: `${'['.repeat(500)}\\"${'{'.repeat(500)}`, b: [] })
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
  })

  it('survives a million brackets', () => {
    expect(problemOf('['.repeat(1_000_000)).kind).toBe('too-deep')
  })
})

describe('locateJsonFault', () => {
  it.each([
    ['{"a":x}', 5],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{"a":1', 6],
    ['1 x', 2],
    ['x', 0],
    ['}', 0],
    ['[1}', 2],
    [String.raw`["\x"]`, 2],
    ['["a\nb"]', 3],
    ['', 0],
  ])('finds the fault of %j at %i', (text, offset) => {
    expect(locateJsonFault(text)).toBe(offset)
  })

  it('finds no fault inside of what is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(locateJsonFault(text)).toBe(text.length)
      }),
    )
  })
})

describe('isJsonMediaType', () => {
  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.api+json'])(
    'takes %s',
    (type) => {
      expect(isJsonMediaType(type)).toBe(true)
    },
  )

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/+json',
    'x',
  ])('does not take %s', (type) => {
    expect(isJsonMediaType(type)).toBe(false)
  })
})
