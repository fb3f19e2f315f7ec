import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import fc from 'fast-check'
import type { NewSpan } from '../../src/features/traces/index.ts'
import { sampleSpan } from './sample-span.ts'

/** What a span is told to be at some moment; everything that a re-send may change. */
interface Version {
  readonly status: SpanStatus
  readonly endTime: number | null
  readonly costNanoUsd: number | null
  readonly tokens: number | null
}

/** A span with the versions of itself that arrive, the last one being the truth. */
interface Story {
  readonly trace: number
  readonly isLlmCall: boolean
  readonly parent: 'none' | 'missing' | 'first'
  readonly startTime: number
  readonly versions: readonly Version[]
}

/** Spans in the order of their arrival, cut into the posts that brought them. */
export interface TraceHistory {
  readonly stories: readonly Story[]
  readonly posts: readonly (readonly NewSpan[])[]
  /** Whether every span came in one version only, so that no order of posts can matter. */
  readonly isOrderFree: boolean
}

/** A trace's summary counted from scratch. */
export interface ExpectedTrace {
  readonly name: string
  readonly startTime: number
  readonly endTime: number | null
  readonly spanCount: number
  readonly status: SpanStatus
  readonly costUsd: number
  readonly totalTokens: number
}

const time = fc.integer({ min: 0, max: 6 })

const version: fc.Arbitrary<Version> = fc.record({
  status: fc.constantFrom('ok', 'error', 'unset'),
  endTime: fc.option(time, { freq: 3 }),
  costNanoUsd: fc.option(fc.integer({ min: 0, max: 5_000_000_000 }), { freq: 4 }),
  tokens: fc.option(fc.integer({ min: 0, max: 100_000 }), { freq: 4 }),
})

const story = (mostVersions: number): fc.Arbitrary<Story> =>
  fc.record({
    trace: fc.nat(2),
    isLlmCall: fc.boolean(),
    parent: fc.constantFrom('none', 'missing', 'first'),
    startTime: time,
    versions: fc.array(version, { minLength: 1, maxLength: mostVersions }),
  })

/** Any few traces whose spans arrive in any order, again and again, in posts of any size. */
export function traceHistory(prefix: () => string): fc.Arbitrary<TraceHistory> {
  return fc
    .boolean()
    .chain((isOrderFree) =>
      fc.record({
        isOrderFree: fc.constant(isOrderFree),
        stories: fc.array(story(isOrderFree ? 1 : 3), { minLength: 1, maxLength: 10 }),
        draws: fc.array(fc.nat(9), { maxLength: 40 }),
        cuts: fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      }),
    )
    .map(({ isOrderFree, stories, draws, cuts }) => {
      const mark = prefix()
      const arrivals = arrivalsOf(stories, draws).map(({ index, version: step }) =>
        spanOf(mark, stories, index, step),
      )
      return { isOrderFree, stories, posts: cutUp(arrivals, cuts) }
    })
}

/** The summaries that a history must end in, by trace id. */
export function expectedTraces(history: TraceHistory): Map<string, ExpectedTrace> {
  const last = new Map<string, NewSpan>()
  const nano = new Map<string, number>()
  for (const span of history.posts.flat()) {
    last.set(span.spanId, span)
    if (span.spanType !== 'llm_call') continue
    nano.set(span.spanId, Math.round((span.costUsd ?? 0) * 1e9))
  }
  const byTrace = Map.groupBy(last.values(), ({ traceId }) => traceId)
  return new Map([...byTrace].map(([id, spans]) => [id, summaryOf(spans, nano)]))
}

function summaryOf(spans: readonly NewSpan[], nano: ReadonlyMap<string, number>): ExpectedTrace {
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === null)
  const [first] = (roots.length > 0 ? roots : spans).toSorted(
    (a, b) => a.startTime - b.startTime || (a.spanId < b.spanId ? -1 : 1),
  )
  const ends = spans.flatMap(({ endTime }) => endTime ?? [])
  const has = (status: SpanStatus): boolean => spans.some((span) => span.status === status)
  const calls = spans.filter(({ spanType }) => spanType === 'llm_call')
  return {
    name: first?.name ?? '',
    startTime: Math.min(...spans.map(({ startTime }) => startTime)),
    endTime: ends.length > 0 ? Math.max(...ends) : null,
    spanCount: spans.length,
    status: (['error', 'unset'] as const).find(has) ?? 'ok',
    costUsd: calls.reduce((sum, { spanId }) => sum + (nano.get(spanId) ?? 0), 0) / 1e9,
    totalTokens: calls.reduce((sum, { totalTokens }) => sum + (totalTokens ?? 0), 0),
  }
}

/** Draws steps of stories in any order; each story's steps keep theirs, and its last comes last. */
function arrivalsOf(
  stories: readonly Story[],
  draws: readonly number[],
): { index: number; version: number }[] {
  const arrived = stories.map(() => -1)
  const arrive = (index: number): { index: number; version: number } => {
    const lastVersion = (stories[index]?.versions.length ?? 1) - 1
    const next = Math.min((arrived[index] ?? -1) + 1, lastVersion)
    arrived[index] = next
    return { index, version: next }
  }
  const drawn = draws.map((draw) => arrive(draw % stories.length))
  const missing = stories.flatMap(({ versions }, index) =>
    Array.from({ length: versions.length - 1 - (arrived[index] ?? -1) }, () => arrive(index)),
  )
  return [...drawn, ...missing]
}

function spanOf(mark: string, stories: readonly Story[], index: number, step: number): NewSpan {
  const { trace, isLlmCall, parent, startTime, versions } = stories[index] ?? neverGiven()
  const { status, endTime, costNanoUsd, tokens } = versions[step] ?? neverGiven()
  const parents = { none: null, missing: `${mark}-missing`, first: `${mark}-span-0` }
  return sampleSpan({
    spanId: `${mark}-span-${index}`,
    traceId: `${mark}-trace-${trace}`,
    parentSpanId: parents[parent],
    spanType: isLlmCall ? 'llm_call' : 'tool_use',
    name: `name ${index}`,
    status,
    startTime,
    endTime,
    attributes: {
      ...(costNanoUsd === null ? {} : { 'llm.cost_usd': costNanoUsd / 1e9 }),
      ...(tokens === null ? {} : { 'llm.tokens.total': tokens }),
    },
  })
}

function cutUp<T>(items: readonly T[], sizes: Iterator<number>): T[][] {
  const posts: T[][] = []
  let begin = 0
  while (begin < items.length) {
    const { value: size } = sizes.next()
    posts.push(items.slice(begin, (begin += Number(size))))
  }
  return posts
}

function neverGiven(): never {
  throw new Error('An arrival names a story or version that was not drawn')
}
