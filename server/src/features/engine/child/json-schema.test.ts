import { describe, expect, it } from 'vitest'
import { narrowSchema } from './json-schema.ts'

const text = { type: 'string' }

describe('narrowSchema', () => {
  it('keeps objects, lists, choices and plain values', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20 },
        day: { type: 'string', format: 'date' },
        tags: { type: 'array', items: text, maxItems: 3 },
        size: { enum: ['s', 'l', 3, null] },
        kind: { const: 'a' },
        more: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] },
      },
      additionalProperties: false,
    }
    expect(narrowSchema(schema)).toEqual({
      ...schema,
      properties: {
        ...schema.properties,
        kind: { enum: ['a'] },
        more: { oneOf: [{ type: 'integer' }, { type: 'boolean' }] },
      },
    })
  })

  it('leaves out what a grammar cannot say', () => {
    const schema = { type: 'string', pattern: '^a+$', description: 'x', maxLength: 1e9 }
    expect(narrowSchema(schema)).toEqual(text)
    expect(narrowSchema({ type: 'integer', minimum: 3 })).toEqual({ type: 'integer' })
  })

  it('makes a choice of several types', () => {
    expect(narrowSchema({ type: ['string', 'null'] })).toEqual({ type: ['string', 'null'] })
    expect(narrowSchema({ type: 'string', nullable: true })).toEqual({ type: ['string', 'null'] })
    expect(narrowSchema({ type: ['array', 'null'], items: text })).toEqual({
      oneOf: [{ type: 'array', items: text }, { type: 'null' }],
    })
  })

  it('follows definitions, old and new, and the whole schema itself', () => {
    const schema = {
      properties: {
        one: { $ref: '#/definitions/a' },
        two: { $ref: '#/$defs/b' },
        me: { $ref: '#' },
      },
      definitions: { a: text },
      $defs: { b: { type: 'array', items: { $ref: '#/$defs/b' } } },
    }
    const narrowed = narrowSchema(schema)
    expect(narrowed['$defs']).toMatchObject({
      a: text,
      b: { type: 'array', items: { $ref: '#/$defs/b' } },
    })
    const properties = narrowed['properties'] as Record<string, { $ref: string }>
    const own = properties['me']!.$ref.slice('#/$defs/'.length)
    expect(Object.keys(narrowed['$defs'] as object)).toContain(own)
  })

  it('puts together schemas that all hold', () => {
    const allOf = [{ $ref: '#/$defs/a' }, { properties: { two: text } }]
    const $defs = { a: { type: 'object', properties: { one: text } } }
    expect(narrowSchema({ allOf, $defs })).toMatchObject({
      type: 'object',
      properties: { one: text, two: text },
    })
    expect(narrowSchema({ allOf: [text], description: 'x' })).toEqual(text)
  })

  it('allows anything where nothing is said, and any object where no member is named', () => {
    expect(narrowSchema({})).toHaveProperty('oneOf')
    expect(narrowSchema({ type: 'object' })).toEqual({
      type: 'object',
      additionalProperties: true,
    })
  })

  it('keeps what is said beside a choice', () => {
    const properties = { a: text, b: { type: 'boolean' } }
    const one = { required: ['a'] }
    const other = { properties: { c: text }, required: ['c'] }
    expect(narrowSchema({ type: 'object', properties, anyOf: [one, other] })).toEqual({
      oneOf: [
        { type: 'object', properties },
        { type: 'object', properties: { ...properties, c: text } },
      ],
    })
  })

  const me = { allOf: [{ $ref: '#/$defs/me' }, text] }

  it.each([
    [{ $ref: '#/$defs/missing' }, 'it has no #/$defs/missing'],
    [{ $ref: 'https://example.com/schema' }, 'it has no https://example.com/schema'],
    [{ type: 'nonsense' }, 'there is no type nonsense'],
    [{ type: [] }, 'type is empty'],
    [{ enum: [] }, 'enum and const hold plain values only'],
    [{ enum: [{}] }, 'enum and const hold plain values only'],
    [{ anyOf: [] }, 'a choice is empty'],
    [{ allOf: ['x'] }, 'a schema is an object'],
    [{ allOf: ['x', text] }, 'allOf holds no schemas'],
    [{ ...me, $defs: { me } }, 'it is too large'],
  ])('refuses %j, which makes no sense', (schema, reason) => {
    expect(() => narrowSchema(schema)).toThrow(new Error(reason))
  })
})
