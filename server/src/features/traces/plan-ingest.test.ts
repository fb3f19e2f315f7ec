import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { expectedTraces, traceHistory } from '../../../test/support/trace-history.ts'
import { addExactly, zeroSum } from '../../platform/exact-sum.ts'
import { planIngest, type IngestBatch, type KnownState } from './plan-ingest.ts'
import type { NewSpan, Span } from './span.ts'
import { statusOf } from './trace-head.ts'

const batchOf = (spans: readonly NewSpan[], ownerKey: string | null = null): IngestBatch => ({
  spans,
  receivedAt: 5,
  ownerKey,
  announce: 'after',
})

/** What the store holds after a plan was saved: rows with a number, ends that are known. */
function saved(known: KnownState, batches: readonly IngestBatch[]): KnownState {
  const plan = planIngest(batches, known)
  const spans = new Map<string, Span>()
  for (const [id, span] of plan.spans) spans.set(id, { ...span, seq: span.seq ?? spans.size + 1 })
  const traces = new Map(plan.traces)
  for (const [id, head] of traces) {
    if (!head.isEndStale) continue
    expect(plan.changedTraces).toContain(id)
    const own = [...spans.values()].filter(({ traceId }) => traceId === id)
    const ends = own.flatMap(({ endTime }) => endTime ?? [])
    const endTime = ends.length > 0 ? Math.max(...ends) : null
    traces.set(id, { ...head, endTime, isEndStale: false })
  }
  return { spans, traces }
}

const nothing: KnownState = { spans: new Map(), traces: new Map() }

describe('plan of an ingest', () => {
  it('ends in the same traces, whatever the order and the portions of arrival', () => {
    fc.assert(
      fc.property(
        traceHistory(() => 'x'),
        fc.infiniteStream(fc.nat(3)),
        (history, groups) => {
          let known = nothing
          let begin = 0
          while (begin < history.posts.length) {
            const { value: more } = groups.next()
            const group = history.posts.slice(begin, (begin += 1 + Number(more)))
            known = saved(
              known,
              group.map((spans) => batchOf(spans)),
            )
          }
          const expected = expectedTraces(history)
          expect(new Set(known.traces.keys())).toEqual(new Set(expected.keys()))
          for (const [id, { costUsd, status, ...rest }] of expected) {
            const head = known.traces.get(id)
            expect(head).toMatchObject(rest)
            expect(head && statusOf(head)).toBe(status)
            expect(Math.abs((head?.cost.sum ?? NaN) - costUsd)).toBeLessThan(1e-12)
            const rows = [...known.spans.values()].filter(({ traceId }) => traceId === id)
            const size = rows.reduce((sum, { attributesJson }) => sum + attributesJson.length, 0)
            expect(head?.payloadSize).toBe(size)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('says of each entry whether it was taken, and tells those that are stored, in order', () => {
    const first = sampleSpan({ spanId: 'a', traceId: 't' })
    const stray = sampleSpan({ spanId: 'a', traceId: 'u' })
    const other = sampleSpan({ spanId: 'b', traceId: 't' })
    const plan = planIngest([batchOf([first, stray, first]), batchOf([other, stray])], nothing)
    expect(plan.reports).toEqual([
      { accepted: 2, rejected: 1, told: ['a', 'a', 'a'] },
      { accepted: 1, rejected: 1, told: ['b', 'a'] },
    ])
    expect(plan.newTraces).toEqual(['t'])
    expect([plan.inserted, plan.updated]).toEqual([['a', 'b'], []])
  })

  it('moves the end of a new trace back when a span in the same group says so', () => {
    const late = sampleSpan({ spanId: 'a', traceId: 't', endTime: 90 })
    const early = sampleSpan({ spanId: 'a', traceId: 't', endTime: 30 })
    const plan = planIngest([batchOf([late, early])], nothing)
    expect(plan.traces.get('t')).toMatchObject({ endTime: 30, isEndStale: false })
  })

  it('keeps a caller with an owner out of the traces of others', () => {
    const known = saved(nothing, [
      batchOf([sampleSpan({ spanId: 'a', traceId: 'team' })]),
      batchOf([sampleSpan({ spanId: 'b', traceId: 'ann' })], 'ann'),
    ])
    const given = [
      sampleSpan({ spanId: 'a', traceId: 'team', name: 'taken over' }),
      sampleSpan({ spanId: 'c', traceId: 'team' }),
      sampleSpan({ spanId: 'd', traceId: 'ann' }),
      sampleSpan({ spanId: 'e', traceId: 'bob' }),
    ]
    const plan = planIngest([batchOf(given, 'bob')], known)
    expect(plan.reports[0]).toMatchObject({ accepted: 1, rejected: 3 })
    expect(plan.inserted).toEqual(['e'])
    expect(plan.traces.get('bob')?.ownerKey).toBe('bob')
    expect(planIngest([batchOf(given)], known).reports[0]?.accepted).toBe(4)
  })
})

describe('exact sum', () => {
  it('ends at the same figure in any order, with what was taken away again gone', () => {
    const figure = fc.integer({ min: 0, max: 9_000_000_000 }).map((nano) => nano / 1e9)
    fc.assert(
      fc.property(fc.array(figure, { maxLength: 60 }), fc.array(figure), (kept, passing) => {
        const added = [...passing, ...kept].reduce(addExactly, zeroSum)
        const { sum } = passing.reduce((total, value) => addExactly(total, -value), added)
        const nano = kept.reduce((total, value) => total + BigInt(Math.round(value * 1e9)), 0n)
        expect(Math.abs(sum - Number(nano) / 1e9)).toBeLessThan(1e-12)
        expect([...kept].reverse().reduce(addExactly, zeroSum).sum).toBe(
          kept.reduce(addExactly, zeroSum).sum,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('does not lose cents beside a fortune', () => {
    const fortune = addExactly(addExactly(zeroSum, 1e12), 1e-9)
    expect(addExactly(fortune, -1e12).sum).toBe(1e-9)
  })
})
