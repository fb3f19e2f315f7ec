import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shownAttributes } from './shown-attributes.ts'
import { newSpan, unsettled, type SpanInput } from './span.ts'

function shown(
  attributes: Record<string, unknown>,
  mapped?: Record<string, unknown>,
  computedCostUsd: number | null = null,
): string {
  const input: SpanInput = {
    spanId: 's',
    traceId: 't',
    parentSpanId: null,
    spanType: 'llm_call',
    name: 'call',
    status: 'ok',
    errorMessage: null,
    startTime: 1,
    endTime: 2,
    sdkLanguage: null,
    attributes,
    mapped: mapped && { version: 1, attributes: mapped },
  }
  const span = newSpan(input)
  return shownAttributes({ ...span, ...unsettled(span), computedCostUsd })
}

it('gives what was sent character by character when nothing is added', () => {
  expect(shown({})).toBe('{}')
  expect(shown({ b: 1, a: 'é\ud800\0' })).toBe('{"b":1,"a":"é\\ud800\\u0000"}')
  expect(shown({ a: 1 }, {})).toBe('{"a":1}')
  expect(shown({ a: 1 }, { a: 2, b: undefined })).toBe('{"a":1}')
})

it('puts derived attributes behind those sent, which win', () => {
  expect(shown({ z: 1, m: 'sent' }, { m: 'derived', 'llm.model': 'x' })).toBe(
    '{"z":1,"m":"sent","llm.model":"x"}',
  )
  expect(shown({}, { m: 1 })).toBe('{"m":1}')
})

it('puts the computed cost last', () => {
  expect(shown({ a: 1 }, { m: 1 }, 0.25)).toBe('{"a":1,"m":1,"llm.cost_usd":0.25}')
  expect(shown({}, undefined, 0)).toBe('{"llm.cost_usd":0}')
})

it('leaves a numeric cost of the client alone, numeric text included', () => {
  expect(shown({ 'llm.cost_usd': 0 }, undefined, 3)).toBe('{"llm.cost_usd":0}')
  expect(shown({ 'llm.cost_usd': '0.5' }, undefined, 3)).toBe('{"llm.cost_usd":"0.5"}')
})

it('names the cost once, where something that is no number stands under its name', () => {
  expect(shown({ 'llm.cost_usd': null, a: 1 }, undefined, 3)).toBe('{"llm.cost_usd":3,"a":1}')
  expect(shown({ a: 1 }, { 'llm.cost_usd': 'free' }, 3)).toBe('{"a":1,"llm.cost_usd":3}')
  // A text that merely speaks of the name costs a look, nothing else.
  const text = '"llm.cost_usd"'
  expect(JSON.parse(shown({ text }, undefined, 3))).toEqual({ text, 'llm.cost_usd': 3 })
})

it('is what merging the objects would give, for any attributes', () => {
  // NOTE: V8 of Node 24 misreads the name `"` once it has met the name `\`; only one is drawn.
  const key = fc.constantFrom('a', 'b', 'llm.cost_usd', 'llm.model', '{', '"', '\\\\a', '')
  const attributes = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }))
  fc.assert(
    fc.property(
      attributes,
      fc.option(attributes),
      fc.option(fc.double()),
      (sent, derived, drawn) => {
        const cost = drawn !== null && Number.isFinite(drawn) ? drawn : null
        const merged = JSON.parse(JSON.stringify({ ...derived, ...sent })) as Record<
          string,
          unknown
        >
        const given = merged['llm.cost_usd']
        const isNumeric =
          typeof given === 'number' ||
          (typeof given === 'string' && given.trim() !== '' && Number.isFinite(Number(given)))
        const expected =
          cost === null || isNumeric ? merged : { ...merged, 'llm.cost_usd': cost + 0 }
        expect(JSON.parse(shown(sent, derived ?? undefined, cost))).toEqual(expected)
      },
    ),
  )
})
