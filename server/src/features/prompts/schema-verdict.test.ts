import { describe, expect, it } from 'vitest'
import { compileSchema, judge } from './schema-verdict.ts'

function verdictOn(schema: object, data: unknown) {
  return judge(compileSchema(JSON.stringify(schema)), data)
}

/** Source: hypersigil contract §4.3, rulings §7. */
describe('Schemas', () => {
  it('names each fault once, with its place', () => {
    const properties = { a: { type: 'string' }, b: { type: 'integer' } }
    const verdict = verdictOn({ type: 'object', required: ['c'], properties }, { a: 1, b: 'x' })
    expect(verdict).toMatchObject({
      isValid: false,
      message: "must have required property 'c'; /a must be string; /b must be integer",
    })
  })

  it('shows faults as Ajv does', () => {
    const verdict = verdictOn({ type: 'object', required: ['topic'] }, {})
    expect(verdict).toMatchObject({
      faults: [
        {
          instancePath: '',
          schemaPath: '#/required',
          keyword: 'required',
          params: { missingProperty: 'topic' },
          message: "must have required property 'topic'",
        },
      ],
    })
  })

  it.each([
    'http://json-schema.org/draft-06/schema#',
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('reads %s', ($schema) => {
    expect(verdictOn({ $schema, type: 'string' }, 'x')).toEqual({ isValid: true })
    expect(verdictOn({ $schema, type: 'string' }, 1)).toMatchObject({ isValid: false })
  })

  it('reads the keywords of the draft that is named', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema'
    const schema = { $schema, prefixItems: [{ type: 'string' }] }
    expect(verdictOn(schema, [1])).toMatchObject({ message: '/0 must be string' })
  })

  it.each([
    [
      'an unknown draft',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      'not one of drafts',
    ],
    ['an address elsewhere', { $ref: 'http://127.0.0.1:1/x.json' }, "can't resolve reference"],
    ['a type that does not exist', { type: 'text' }, 'schema is invalid'],
    ['waiting', { $async: true, type: 'string' }, '$async'],
  ])('refuses %s', (_title, schema, words) => {
    expect(() => compileSchema(JSON.stringify(schema))).toThrow(words)
  })

  it('takes unknown keywords, checks formats and no inherited names', () => {
    const schema = { 'x-note': 1, required: ['toString'], properties: { m: { format: 'email' } } }
    expect(verdictOn(schema, { m: 'no' })).toMatchObject({
      message: `must have required property 'toString'; /m must match format "email"`,
    })
  })

  it('shows at most a hundred faults', () => {
    const verdict = verdictOn(
      { items: { type: 'string' } },
      Array.from({ length: 300 }, () => 1),
    )
    expect(verdict.isValid === false && verdict.faults).toHaveLength(100)
  })
})
