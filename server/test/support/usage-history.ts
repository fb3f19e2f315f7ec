import fc from 'fast-check'
import { priceUsage, unknownUsage } from '../../src/features/pricing/index.ts'
import type { NewSpan } from '../../src/features/traces/index.ts'
import { sampleSpan } from './sample-span.ts'

/** What a span says of its usage at some moment. */
interface Version {
  readonly model: string | null
  readonly input: number | null
  readonly output: number | null
  readonly costNanoUsd: number | null
  readonly isMapped: boolean
}

/** A span with the versions of itself that arrive, the last one being the truth. */
interface Story {
  readonly trace: number
  readonly isLlmCall: boolean
  /** Position of its parent among the stories; past their end it never arrives. */
  readonly parent: number | null
  readonly versions: readonly Version[]
}

export interface UsageHistory {
  readonly stories: readonly Story[]
  readonly mark: string
  readonly steps: readonly { readonly post: readonly NewSpan[]; readonly isSettledAfter: boolean }[]
}

const startTime = 1_750_000_000

const version: fc.Arbitrary<Version> = fc.record({
  model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'nobody-knows-it', null),
  input: fc.option(fc.nat(5_000), { freq: 4 }),
  output: fc.option(fc.nat(900), { freq: 4 }),
  costNanoUsd: fc.option(fc.nat(5_000_000), { freq: 1 }),
  isMapped: fc.boolean(),
})

const story: fc.Arbitrary<Story> = fc.record({
  trace: fc.nat(1),
  isLlmCall: fc.nat(3).map((drawn) => drawn > 0),
  parent: fc.option(fc.nat(11), { freq: 5 }),
  versions: fc.array(version, { minLength: 1, maxLength: 3 }),
})

/** Traces of nested calls that arrive in any order and portions, settled every now and then. */
export function usageHistory(mark: () => string): fc.Arbitrary<UsageHistory> {
  return fc
    .record({
      stories: fc.array(story, { minLength: 1, maxLength: 10 }),
      order: fc.infiniteStream(fc.nat()),
      cuts: fc.infiniteStream(
        fc.record({ size: fc.integer({ min: 1, max: 6 }), at: fc.boolean() }),
      ),
    })
    .map(({ stories, order, cuts }) => {
      const prefix = mark()
      const arrivals = stories
        .flatMap(({ versions }, index) => {
          // A story's versions keep their order: the ranks drawn for them are sorted.
          const ranks = versions.map(() => Number(order.next().value)).toSorted((a, b) => a - b)
          return versions.map((step, at) => ({ rank: ranks[at] ?? 0, index, step }))
        })
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ index, step }) => spanOf(prefix, stories, index, step))
      return { stories, mark: prefix, steps: cutUp(arrivals, cuts) }
    })
}

/** Tokens and USD of each trace, counted from scratch: span by span, each looking at all others. */
export function expectedUsage({
  stories,
  mark,
}: UsageHistory): Map<string, { tokens: number; costUsd: number }> {
  const traces = Map.groupBy(stories.keys(), (index) => stories[index]?.trace)
  return new Map(
    [...traces].map(([trace, members]) => {
      const counted = members
        .filter((index) => counts(stories, index))
        .map((index) => useOf(stories, index))
      const tokens = counted.reduce((sum, use) => sum + use.tokens, 0)
      const costUsd = counted.reduce((sum, use) => sum + use.costUsd, 0)
      return [`${mark}-trace-${trace}`, { tokens, costUsd }]
    }),
  )
}

function counts(stories: readonly Story[], index: number): boolean {
  const { isLlmCall, isMapped } = lastOf(stories, index)
  if (!isLlmCall) return false
  return !isMapped || !stories.keys().some((other) => isUsedBelow(stories, other, index))
}

function isUsedBelow(stories: readonly Story[], below: number, above: number): boolean {
  const { isLlmCall, input, output } = lastOf(stories, below)
  if (!isLlmCall || ((input ?? 0) === 0 && (output ?? 0) === 0)) return false
  for (let at = below; !isInCircle(stories, at);) {
    const parent = parentOf(stories, at)
    if (parent === undefined) return false
    if (parent === above) return true
    at = parent
  }
  return false
}

function isInCircle(stories: readonly Story[], index: number): boolean {
  let at = parentOf(stories, index)
  for (let steps = 0; at !== undefined && steps < stories.length; steps += 1) {
    if (at === index) return true
    at = parentOf(stories, at)
  }
  return false
}

function parentOf(stories: readonly Story[], index: number): number | undefined {
  const parent = stories[index]?.parent ?? -1
  return stories[parent]?.trace === stories[index]?.trace ? parent : undefined
}

function useOf(stories: readonly Story[], index: number): { tokens: number; costUsd: number } {
  const { model, input, output, costNanoUsd } = lastOf(stories, index)
  const tokens = input === null || output === null ? 0 : input + output
  if (costNanoUsd !== null) return { tokens, costUsd: costNanoUsd / 1e9 }
  if (model === null) return { tokens, costUsd: 0 }
  const usage = { ...unknownUsage, inputTokens: input, outputTokens: output }
  const price = priceUsage({ provider: 'openai', model, usage, at: startTime, book: 'market' })
  return { tokens, costUsd: price.status === 'priced' ? price.costUsd : 0 }
}

function lastOf(stories: readonly Story[], index: number): Story & Version {
  const found = stories[index] ?? neverGiven()
  return { ...found, ...(found.versions.at(-1) ?? neverGiven()) }
}

function spanOf(mark: string, stories: readonly Story[], index: number, step: Version): NewSpan {
  const { trace, isLlmCall, parent } = stories[index] ?? neverGiven()
  const { model, input, output, costNanoUsd, isMapped } = step
  const isTotalKnown = input !== null && output !== null
  const attributes = {
    'llm.provider': 'openai',
    ...(model === null ? {} : { 'llm.model': model }),
    ...(input === null ? {} : { 'llm.tokens.input': input }),
    ...(output === null ? {} : { 'llm.tokens.output': output }),
    // Only what is derived needs no total.
    ...(isMapped || !isTotalKnown ? {} : { 'llm.tokens.total': input + output }),
    ...(costNanoUsd === null ? {} : { 'llm.cost_usd': costNanoUsd / 1e9 }),
  }
  return sampleSpan({
    spanId: `${mark}-span-${index}`,
    traceId: `${mark}-trace-${trace}`,
    parentSpanId: parent === null ? null : `${mark}-span-${parent}`,
    spanType: isLlmCall ? 'llm_call' : 'chain',
    startTime,
    ...(isMapped ? { attributes: {}, mapped: { version: 1, attributes } } : { attributes }),
  })
}

function cutUp(
  spans: readonly NewSpan[],
  cuts: Iterator<{ readonly size: number; readonly at: boolean }>,
): UsageHistory['steps'] {
  const steps: { post: readonly NewSpan[]; isSettledAfter: boolean }[] = []
  for (let begin = 0; begin < spans.length;) {
    const { size, at } = cuts.next().value as { size: number; at: boolean }
    steps.push({ post: spans.slice(begin, (begin += size)), isSettledAfter: at })
  }
  return steps
}

function neverGiven(): never {
  throw new Error('A history names a story or version that was not drawn')
}
