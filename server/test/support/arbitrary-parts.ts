import fc from 'fast-check'
import type { CompletionPart } from '../../src/features/completion/part.ts'

type ToolDelta = Extract<CompletionPart, { type: 'tool-delta' }>

/** What happens in a reply; a call says its arguments in pieces, `more` is the next of one. */
type Happening =
  | CompletionPart
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly pieces: string[] }
  | { readonly type: 'more'; readonly which: number }

const text = fc.oneof(fc.string(), fc.constantFrom('Grüße', '\n\n', '{"a":1}', ''))
const signature = fc.constantFrom('EqQB==', 'CvcB==')
const count = fc.nat(1000)

const said: fc.Arbitrary<CompletionPart> = fc.oneof(
  fc.record(
    { type: fc.constant('text-delta' as const), text, signature },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record(
    { type: fc.constant('reasoning-delta' as const), text, signature },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record({
    type: fc.constant('reasoning-delta' as const),
    text: fc.constant(''),
    signature,
    isRedacted: fc.constant(true),
  }),
  fc.record({ type: fc.constant('token' as const), text, logprob: fc.constant(-0.5) }),
)

const usage: fc.Arbitrary<CompletionPart> = fc
  .tuple(count, count, count, count, count)
  .map(([uncached, cacheReadTokens, cacheWriteTokens, spoken, reasoningTokens]) => ({
    type: 'usage',
    usage: {
      inputTokens: uncached + cacheReadTokens + cacheWriteTokens,
      outputTokens: spoken + reasoningTokens,
      cacheReadTokens,
      cacheWriteTokens,
      reasoningTokens,
    },
  }))

const argumentsText = fc.dictionary(fc.string(), fc.jsonValue()).map((one) => JSON.stringify(one))

/** A text in up to three pieces, some of them perhaps empty. */
const pieces = fc.tuple(argumentsText, fc.nat(100), fc.nat(100)).map(([whole, one, other]) => {
  const [from, to] = [Math.min(one, other), Math.max(one, other)]
  return [whole.slice(0, from), whole.slice(from, to), whole.slice(to)]
})

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: said },
  { weight: 1, arbitrary: usage },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('call' as const),
      id: fc.string({ minLength: 1 }),
      name: fc.string({ minLength: 1 }),
      pieces,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('more' as const), which: fc.nat() }) },
)

const end: fc.Arbitrary<CompletionPart> = fc
  .constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'other')
  .map((finishReason) => ({ type: 'end', finishReason, rawFinishReason: null }))

const error: CompletionPart = {
  type: 'error',
  failure: { kind: 'unusable', reason: 'the stream broke off', received: '' },
}

/**
 * A reply in the grammar of parts, to its end. The arguments of every call are the text of a JSON
 * object, and calls are told in any order, piece by piece, with other things in between.
 */
export const arbitraryParts: fc.Arbitrary<CompletionPart[]> = fc
  .tuple(fc.array(happening, { maxLength: 12 }), end)
  .map(([happenings, last]) => [...toParts(happenings), last])

/** The same, broken off by an error at some place after its start. */
export const arbitraryBrokenParts: fc.Arbitrary<CompletionPart[]> = fc
  .tuple(arbitraryParts, fc.nat(20))
  .map(([parts, at]) => [...parts.slice(0, Math.max(1, Math.min(at, parts.length - 1))), error])

function toParts(happenings: readonly Happening[]): CompletionPart[] {
  const parts: CompletionPart[] = [{ type: 'start', model: 'm', id: null }]
  const untold: { readonly index: number; readonly pieces: string[] }[] = []
  let callCount = 0
  for (const one of happenings) {
    if (one.type === 'call') {
      const [argumentsDelta = '', ...rest] = one.pieces
      const { id, name } = one
      parts.push({ type: 'tool-delta', index: callCount, id, name, argumentsDelta })
      untold.push({ index: callCount, pieces: rest })
      callCount += 1
    } else if (one.type === 'more') {
      const call = untold[one.which % Math.max(1, untold.length)]
      const argumentsDelta = call?.pieces.shift()
      if (call && argumentsDelta !== undefined) parts.push(more(call.index, argumentsDelta))
    } else {
      parts.push(one)
    }
  }
  for (const { index, pieces: rest } of untold) {
    for (const argumentsDelta of rest) parts.push(more(index, argumentsDelta))
  }
  return parts
}

function more(index: number, argumentsDelta: string): ToolDelta {
  return { type: 'tool-delta', index, argumentsDelta }
}
