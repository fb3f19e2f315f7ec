import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findRepeating, type LinkedSpan } from './nesting.ts'

/** `id<parent` and letters: L model call, M mapped, T with tokens. */
function spansOf(...specs: readonly string[]): LinkedSpan[] {
  return specs.map((spec) => {
    const [link = '', marks = ''] = spec.split(':')
    const [spanId = '', parentSpanId = null] = link.split('<')
    return {
      spanId,
      parentSpanId,
      isLlmCall: marks.includes('L'),
      isMapped: marks.includes('M'),
      hasTokens: marks.includes('T'),
    }
  })
}

const repeating = (...specs: readonly string[]) => [...findRepeating(spansOf(...specs))].toSorted()

it('finds a call above another one, through any spans in between', () => {
  expect(repeating('a:LMT', 'b<a:LMT')).toEqual(['a'])
  expect(repeating('c<b:LMT', 'a:LMT', 'x<a:', 'b<x:M')).toEqual(['a'])
  expect(repeating('a:LMT', 'b<a:LMT', 'c<b:LMT')).toEqual(['a', 'b'])
})

it('leaves calls beside one another alone, and those above a call without tokens', () => {
  expect(repeating('root:', 'a<root:LMT', 'b<root:LMT')).toEqual([])
  expect(repeating('a:LMT', 'b<a:LM')).toEqual([])
  expect(repeating('a:LMT', 'b<a:MT')).toEqual([])
})

it('leaves alone what was not mapped: there everybody says only what is his own', () => {
  expect(repeating('a:LT', 'b<a:LMT')).toEqual([])
  expect(repeating('a:LMT', 'b<a:LT')).toEqual(['a'])
})

it('takes neither a missing parent nor a circle for a link', () => {
  expect(repeating('a<gone:LMT', 'b<gone:LMT')).toEqual([])
  expect(repeating('a<a:LMT')).toEqual([])
  expect(repeating('a<b:LMT', 'b<a:LMT')).toEqual([])
  expect(repeating('a<b:LMT', 'b<a:LM', 'c<a:LMT', 'd<c:LMT')).toEqual(['a', 'c'])
})

it('agrees with a walk from every span, whatever the links', () => {
  const span = fc.record({
    parent: fc.option(fc.nat(11), { freq: 4 }),
    isLlmCall: fc.boolean(),
    isMapped: fc.boolean(),
    hasTokens: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(span, { maxLength: 10 }), fc.infiniteStream(fc.nat()), (drawn, order) => {
      const spans = drawn
        .map(({ parent, ...rest }, index) => ({
          ...rest,
          spanId: `s${index}`,
          parentSpanId: parent === null ? null : `s${parent}`,
          rank: order.next().value,
        }))
        .toSorted((a, b) => a.rank - b.rank)
      expect(new Set(findRepeating(spans))).toEqual(new Set(walked(spans)))
    }),
    { numRuns: 500 },
  )
})

function walked(spans: readonly LinkedSpan[]): string[] {
  const parentOf = (id: string): string | undefined => {
    const parent = spans.find(({ spanId }) => spanId === id)?.parentSpanId
    return spans.find(({ spanId }) => spanId === parent)?.spanId
  }
  const above = (id: string): string[] => {
    const chain: string[] = []
    for (
      let at = parentOf(id);
      at !== undefined && chain.length < spans.length;
      at = parentOf(at)
    ) {
      chain.push(at)
    }
    return chain
  }
  const isInCircle = (id: string): boolean => above(id).includes(id)
  const linkedAbove = (id: string): string[] => {
    const chain: string[] = []
    for (let at = id; !isInCircle(at);) {
      const parent = parentOf(at)
      if (parent === undefined) break
      chain.push((at = parent))
    }
    return chain
  }
  const using = spans.filter(({ isLlmCall, hasTokens }) => isLlmCall && hasTokens)
  return spans
    .filter(({ isLlmCall, isMapped }) => isLlmCall && isMapped)
    .filter(({ spanId }) => using.some((use) => linkedAbove(use.spanId).includes(spanId)))
    .map(({ spanId }) => spanId)
}
