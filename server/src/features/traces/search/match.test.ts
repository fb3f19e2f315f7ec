import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchContext, toSearchForms } from './match.ts'

const attributesOf = (value: unknown): string => JSON.stringify(value)

/** An independent reading of the rule: ASCII letters alike, all else as it stands. */
function contains(text: string, part: string): boolean {
  const fold = (value: string) => value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return fold(text).includes(fold(part))
}

function isFound(query: string, attributes: unknown): boolean {
  const text = attributesOf(attributes)
  return toSearchForms(query).inAttributes.some((form) => contains(text, form))
}

describe('the forms of a query', () => {
  it('is the query alone when JSON writes it as it stands', () => {
    expect(toSearchForms('rate_limit 100%')).toEqual({
      inName: ['rate_limit 100%'],
      inAttributes: ['rate_limit 100%'],
    })
  })

  it('finds decoded text wherever a client put it', () => {
    const said = 'Das "Café"\nam See\\Ufer'
    const messages = [{ role: 'user', content: said }]
    const spacedAscii = JSON.stringify(messages).replaceAll('":', '": ').replaceAll('é', '\\u00e9')
    for (const attributes of [
      { 'llm.completion': said },
      { 'llm.prompt': JSON.stringify(messages) },
      { 'llm.tool_calls': JSON.stringify([{ arguments: JSON.stringify({ said }) }]) },
      { 'llm.prompt': spacedAscii },
    ]) {
      expect(isFound('café', { x: 'CAFé' })).toBe(true)
      expect(isFound(said, attributes)).toBe(true)
      expect(isFound('"CAFé"\nam', attributes)).toBe(true)
    }
  })

  it('finds keys with values in the spaced form that other serialisers write', () => {
    const attributes = { 'llm.model': 'gpt-4o', list: [1, 2, true, null], 'llm.cost_usd': 0.5 }
    for (const query of [
      '"llm.model": "gpt-4o"',
      '"llm.model":"gpt-4o"',
      '"llm.cost_usd": 0.5',
      '"gpt-4o", "list": [1, 2, true, null], "',
      ', "llm.cost_usd": ',
    ]) {
      expect(isFound(query, attributes)).toBe(true)
    }
    expect(isFound('"llm.model": "gpt"', attributes)).toBe(false)
    expect(isFound('hello, world', { said: 'hello,world' })).toBe(false)
  })

  it('finds spaced JSON that a client kept in a string, and compact JSON there as well', () => {
    const query = '"role": "user"'
    expect(isFound(query, { prompt: '[{"role": "user"}]' })).toBe(true)
    expect(isFound(query, { prompt: '[{"role":"user"}]' })).toBe(true)
    expect(isFound('\\"role\\":\\"user\\"', { prompt: '[{"role":"user"}]' })).toBe(true)
  })

  it('finds letters that are asked for as escapes', () => {
    expect(isFound('caf\\u00E9', { said: 'café' })).toBe(true)
    expect(isFound('line\\nnext', { said: 'line\nnext' })).toBe(true)
  })

  it('folds only ASCII letters', () => {
    expect(isFound('ÉCOLE', { said: 'école' })).toBe(false)
    expect(isFound('éCOLE', { said: 'école' })).toBe(true)
  })

  it('never asks a database for what it cannot take', () => {
    const { inName, inAttributes } = toSearchForms('a\0b')
    expect(inName).toEqual([])
    expect(inAttributes).toContain('a\\u0000b')
    expect(inAttributes.filter((form) => form.includes('\0'))).toEqual([])
    expect(toSearchForms('\ud800').inName).toEqual([])
    expect(isFound('\ud800x', { said: '\ud800x' })).toBe(true)
    expect(isFound('a\0', { said: 'a\0b' })).toBe(true)
  })

  it('finds any piece of any attribute text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(text, text, text, fc.nat(2), (before, piece, after, depth) => {
        let value: unknown = before + piece + after
        for (let level = 0; level < depth; level++) value = JSON.stringify({ key: value })
        expect(isFound(piece === '' ? 'key' : piece, { key: value })).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the context of a match', () => {
  const contextOf = (q: string, name: string, attributes: unknown) =>
    matchContext(toSearchForms(q), { name, attributesJson: JSON.stringify(attributes) })

  it('is the beginning of the name when the name contains the text', () => {
    const name = `${'n'.repeat(120)} Needle`
    expect(contextOf('needle', name, { x: 'needle' })).toBe('n'.repeat(100))
    expect(contextOf('needle', 'a needle', {})).toBe('a needle')
  })

  it('is the surroundings of the hit in the attributes, marked where they are cut', () => {
    const attributes = { k: `${'a'.repeat(50)}Needle${'b'.repeat(90)}` }
    expect(contextOf('needle', 'span', attributes)).toBe(
      `...${'a'.repeat(30)}Needle${'b'.repeat(70)}...`,
    )
    expect(contextOf('needle', 'span', { k: 'Needle' })).toBe('{"k":"Needle"}')
    expect(contextOf('{"k', 'span', { k: 'c'.repeat(69) })).toBe(`{"k":"${'c'.repeat(67)}...`)
  })

  it('counts letters beyond the first plane as one', () => {
    const attributes = { k: `${'😀'.repeat(40)}needle${'🚀'.repeat(80)}` }
    expect(contextOf('needle', 'span', attributes)).toBe(
      `...${'😀'.repeat(30)}needle${'🚀'.repeat(70)}...`,
    )
    expect(contextOf('😀', '😀'.repeat(101), {})).toBe('😀'.repeat(100))
  })

  it('is the beginning of the name when only the trace was named so', () => {
    const span = { name: 'child', attributesJson: undefined }
    expect(matchContext(toSearchForms('agent'), span)).toBe('child')
  })
})
