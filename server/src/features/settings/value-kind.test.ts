import { describe, expect, it } from 'vitest'
import { readValue, type ValueKind } from './value-kind.ts'

const text: ValueKind = { type: 'text', longest: 9 }
const number: ValueKind = { type: 'number', min: 300, max: 86_400 }
const whole: ValueKind = { type: 'number', min: 0, max: 9, isWhole: true }
const boolean: ValueKind = { type: 'boolean' }
const choice: ValueKind = { type: 'choice', choices: ['cpu', '1'] }
const texts: ValueKind = { type: 'texts', most: 2, longest: 3 }

describe('A value of a setting', () => {
  it.each<[ValueKind, unknown, unknown]>([
    [text, '', ''],
    [text, 'x y', 'x y'],
    [text, 12.5, '12.5'],
    [text, { a: [1] }, '{"a":[1]}'],
    [text, false, 'false'],
    [number, 300, 300],
    [number, 86_400, 86_400],
    [number, 300.5, 300.5],
    [number, '600', 600],
    [number, '6e2', 600],
    [whole, '7', 7],
    [boolean, true, true],
    [boolean, 'false', false],
    [choice, 'cpu', 'cpu'],
    [choice, 1, '1'],
    [texts, ['a', 'b'], ['a', 'b']],
    [texts, [], []],
    [texts, 'a', ['a']],
    [texts, '["a","b"]', ['a', 'b']],
    [texts, '[', ['[']],
  ])('of kind %j is taken: %j', (kind, given, value) => {
    expect(readValue(kind, given)).toEqual({ value })
  })

  it.each<[ValueKind, unknown, string]>([
    [text, null, 'null_value'],
    [number, null, 'null_value'],
    [boolean, null, 'null_value'],
    [choice, null, 'null_value'],
    [text, 'ten chars!', 'invalid_value'],
    [text, 'a\0', 'invalid_value'],
    [text, '\ud800', 'invalid_value'],
    [number, 299, 'invalid_value'],
    [number, 86_401, 'invalid_value'],
    [number, '10', 'invalid_value'],
    [number, 'ten', 'invalid_value_type'],
    [number, '', 'invalid_value_type'],
    [number, '0x200', 'invalid_value_type'],
    [number, true, 'invalid_value_type'],
    [number, [600], 'invalid_value_type'],
    [whole, 1.5, 'invalid_value'],
    [boolean, 'yes', 'invalid_value_type'],
    [boolean, 1, 'invalid_value_type'],
    [choice, 'cuda', 'invalid_value'],
    [choice, ['cpu'], 'invalid_value'],
    [texts, ['a', 'b', 'c'], 'invalid_value'],
    [texts, ['long'], 'invalid_value'],
    [texts, [''], 'invalid_value'],
    [texts, [1], 'invalid_value'],
    [texts, {}, 'invalid_value'],
  ])('of kind %j is refused: %j', (kind, given, fault) => {
    expect(readValue(kind, given)).toEqual({
      fault,
      problem: expect.stringMatching(/^(?:must|can)/),
    })
  })
})
