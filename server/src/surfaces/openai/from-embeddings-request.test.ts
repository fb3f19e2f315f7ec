import { describe, expect, it } from 'vitest'
import type { JsonMap, JsonValue } from '../../features/completion/index.ts'
import { formOf, fromEmbeddingsRequest } from './from-embeddings-request.ts'

const read = (given: JsonMap) => fromEmbeddingsRequest({ model: 'm', input: 'Hi', ...given })

describe('a request for vectors', () => {
  it.each<[JsonValue, object]>([
    ['Hi', { kind: 'texts', texts: ['Hi'] }],
    ['', { kind: 'texts', texts: [''] }],
    [['Hi', 'you'], { kind: 'texts', texts: ['Hi', 'you'] }],
    [[1, 2], { kind: 'tokens', tokens: [[1, 2]] }],
    [[[1], [2, 3]], { kind: 'tokens', tokens: [[1], [2, 3]] }],
  ])('is for %j', (input, expected) => {
    expect(read({ input }).request.input).toEqual(expected)
  })

  it.each<[string, JsonValue]>([
    ['input', 5],
    ['input', null],
    ['input', []],
    ['input', [[]]],
    ['input', ['Hi', 1]],
    ['input', [1, [2]]],
    ['input', [0.5]],
    ['input', { text: 'Hi' }],
    ['encoding_format', 'int8'],
    ['encoding_format', 5],
    ['dimensions', 0],
    ['dimensions', 1.5],
    ['dimensions', '5'],
    ['user', 5],
    ['task_type', {}],
  ])('cannot be read where %s is %j', (param, value) => {
    const refusal = expect.objectContaining({ code: 'invalid', details: { param } })
    expect(() => read({ [param]: value })).toThrow(refusal)
  })

  it('is read with what it asks for; null asks for nothing', () => {
    const given = { dimensions: 5, user: 'u', task_type: 'CLUSTERING', encoding_format: 'base64' }
    expect(read(given).request).toMatchObject({ dimensions: 5, user: 'u', taskType: 'CLUSTERING' })
    const nothing = { dimensions: null, user: null, task_type: null, encoding_format: null }
    expect(Object.keys(read(nothing).request)).toEqual(['input'])
  })

  it('names what the core has no word for', () => {
    expect(read({ truncate: 'END', input_type: null, extra: {} }).nativeOnly).toEqual(['truncate'])
  })

  it.each<[JsonValue, string | null]>([
    ['base64', 'base64'],
    ['float', 'float'],
    [null, 'float'],
    ['int8', null],
    [5, null],
  ])('with the form %j wants %j', (encoding_format, form) => {
    expect(formOf({ encoding_format })).toBe(form)
  })

  it('wants numbers unless it says otherwise', () => {
    expect(formOf({})).toBe('float')
  })
})
