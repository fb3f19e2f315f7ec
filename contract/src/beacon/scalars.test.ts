import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  FloatIn,
  floatOf,
  Id,
  intIn,
  intOf,
  JsonObject,
  StringMap,
  textIn,
  TimeIn,
  wordIn,
} from './scalars.ts'

/** The 422 word of the first issue, or `ok`. */
function verdict(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return 'ok'
  const issue = result.error.issues[0]
  return issue?.code === 'custom' ? issue.params?.['type'] : issue?.code
}

function issuesOf(schema: z.ZodType, value: unknown) {
  return schema.safeParse(value).error?.issues
}

describe('floats', () => {
  it.each([
    [1.5, 1.5],
    ['1.5', 1.5],
    [' -2e3 ', -2000],
    ['.5', 0.5],
    ['5.', 5],
    [true, 1],
    [false, 0],
  ])('accept %j, which reads as %d', (sent, read) => {
    expect(verdict(FloatIn, sent)).toBe('ok')
    expect(FloatIn.parse(sent)).toBe(sent)
    expect(floatOf(sent)).toBe(read)
  })

  it.each([
    ['abc', 'float_parsing'],
    ['', 'float_parsing'],
    ['0x10', 'float_parsing'],
    ['Infinity', 'float_parsing'],
    ['NaN', 'float_parsing'],
    ['1e999', 'finite_number'],
    [Number.POSITIVE_INFINITY, 'finite_number'],
    [Number.NaN, 'finite_number'],
    [null, 'float_type'],
    [[1], 'float_type'],
    [{}, 'float_type'],
    [undefined, 'float_type'],
  ])('refuse %j as %s', (sent, type) => {
    expect(verdict(TimeIn, sent)).toBe(type)
  })
})

describe('integers', () => {
  const limit = intIn({ min: 1, max: 200 })

  it.each([
    [1, 1],
    ['200', 200],
    [' +7 ', 7],
    ['7.0', 7],
    [true, 1],
  ])('accept %j, which reads as %d', (sent, read) => {
    expect(verdict(limit, sent)).toBe('ok')
    expect(intOf(sent)).toBe(read)
  })

  it.each([
    ['0', 'greater_than_equal'],
    ['201', 'less_than_equal'],
    ['1.5', 'int_parsing'],
    ['', 'int_parsing'],
    ['ten', 'int_parsing'],
    [1.5, 'int_from_float'],
    [Number.POSITIVE_INFINITY, 'finite_number'],
    [null, 'int_type'],
  ])('refuse %j as %s', (sent, type) => {
    expect(verdict(limit, sent)).toBe(type)
  })

  it('name the bound that was broken', () => {
    expect(issuesOf(limit, '0')).toMatchObject([{ params: { ctx: { ge: 1 } } }])
    expect(issuesOf(limit, 300)).toMatchObject([{ params: { ctx: { le: 200 } } }])
  })
})

describe('ids', () => {
  it.each(['', 'a/b', 'ü😀', ' ', 'x'.repeat(512)])('accept %j', (id) => {
    expect(verdict(Id, id)).toBe('ok')
  })

  it.each([
    ['a\0b', 'string_unicode'],
    ['x'.repeat(513), 'string_too_long'],
    ['\ud800', 'string_unicode'],
    [7, 'string_type'],
    [null, 'string_type'],
  ])('refuse %j as %s', (id, type) => {
    expect(verdict(Id, id)).toBe(type)
  })
})

describe('objects', () => {
  it('hand on the same reference, so that no key is lost', () => {
    const sent: unknown = JSON.parse('{"__proto__":{"a":1},"b":[null]}')
    expect(z.object({ it: JsonObject }).parse({ it: sent }).it).toBe(sent)
    const tags: unknown = JSON.parse('{"__proto__":"x"}')
    expect(StringMap.parse(tags)).toBe(tags)
  })

  it.each([[[]], [null], ['{}'], [1]])('refuse %j as dict_type', (sent) => {
    expect(verdict(JsonObject, sent)).toBe('dict_type')
    expect(verdict(StringMap, sent)).toBe('dict_type')
  })

  it('name every value of a string map that is not a string', () => {
    expect(issuesOf(z.object({ tags: StringMap }), { tags: { a: 1, b: 'x', c: null } })).toEqual([
      expect.objectContaining({ path: ['tags', 'a'], params: { type: 'string_type' } }),
      expect.objectContaining({ path: ['tags', 'c'], params: { type: 'string_type' } }),
    ])
  })
})

describe('bounded text', () => {
  const text = textIn({ min: 1, max: 3 })

  it('counts characters, not UTF-16 units', () => {
    expect(verdict(text, '😀😀😀')).toBe('ok')
    expect(verdict(text, '😀😀😀😀')).toBe('string_too_long')
    expect(verdict(text, 'x'.repeat(1000))).toBe('string_too_long')
  })

  it('refuses what is empty or not text', () => {
    expect(issuesOf(text, '')).toMatchObject([{ params: { ctx: { min_length: 1 } } }])
    expect(verdict(text, 5)).toBe('string_type')
  })
})

describe('word lists', () => {
  it('refuse an unknown word and tell which are known', () => {
    const format = wordIn(['json', 'otel', 'csv'], 'json')
    expect(verdict(format, 'csv')).toBe('ok')
    expect(issuesOf(format, 'xml')).toMatchObject([
      { params: { type: 'literal_error', ctx: { expected: "'json', 'otel' or 'csv'" } } },
    ])
  })
})
