import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson } from './read-json.ts'

describe('JSON that a provider sent', () => {
  it('may nest 200 deep and no deeper', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(readJson(nested(200)).isJson).toBe(true)
    expect(readJson(nested(201))).toEqual({ isJson: false, fault: 'nested too deeply' })
    expect(readJson(`{"a\\\\":${nested(200)}}`).isJson).toBe(false)
  })

  it('may hold any brackets, quotes and backslashes in its texts', () => {
    const unit = fc.constantFrom('"', '\\', '[', '{', 'a')
    const texts = fc.array(fc.string({ unit, minLength: 250, maxLength: 300 }))
    fc.assert(
      fc.property(texts, (value) => {
        expect(readJson(JSON.stringify(value))).toEqual({ isJson: true, value })
      }),
    )
  })

  it('may break off anywhere', () => {
    for (const text of ['', '"', '"a', '"a\\', '{"a":"\\"', '[1', '\\"']) {
      expect(readJson(text)).toEqual({ isJson: false, fault: 'not JSON' })
    }
  })
})
