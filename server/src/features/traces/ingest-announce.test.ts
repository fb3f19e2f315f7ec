import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { isSpansEvent, type SpansEvent } from './events.ts'
import { ingestSpans, packSpans, type IngestOptions } from './ingest-spans.ts'
import { loadTold } from './load-told.ts'
import type { NewSpan } from './span.ts'

describeEachDatabase('what an ingest announces', (store) => {
  const ctx = () => contextOf(store, standingClock())
  const ingest = (spans: readonly NewSpan[], options?: IngestOptions) =>
    ingestSpans(ctx(), spans, 100, options)
  /** Ids of the spans told, and of traces begun and opened, of every write since the mark. */
  const toldSince = (mark: number) =>
    store.published
      .slice(mark)
      .filter(isSpansEvent)
      .map(({ body: { spanIds, newTraceIds, openedTraceIds } }) => ({
        spanIds,
        newTraceIds,
        openedTraceIds,
      }))

  it('is a new trace after its spans, once', async () => {
    const mark = store.published.length
    const span = sampleSpan()
    await ingest([span])
    await ingest([span])
    expect(toldSince(mark)).toEqual([
      { spanIds: [span.spanId], newTraceIds: [span.traceId], openedTraceIds: [] },
      { spanIds: [span.spanId], newTraceIds: [], openedTraceIds: [] },
    ])
  })

  it('is a trace that the server opens before its first span, once', async () => {
    const mark = store.published.length
    const root = sampleSpan({ status: 'unset', endTime: null })
    const child = sampleSpan({ traceId: root.traceId, parentSpanId: root.spanId })
    await ingest([root], { announce: 'first' })
    await ingest([child, root], { announce: 'first' })
    expect(toldSince(mark)).toEqual([
      { spanIds: [root.spanId], newTraceIds: [], openedTraceIds: [root.traceId] },
      { spanIds: [child.spanId, root.spanId], newTraceIds: [], openedTraceIds: [] },
    ])
  })

  it('is nothing at all for a quiet write', async () => {
    const mark = store.published.length
    await ingest([sampleSpan()], { announce: 'never' })
    await ingestSpans(ctx(), packSpans([sampleSpan()]), 100, { announce: 'never' })
    expect(toldSince(mark)).toEqual([])
  })

  it('says of a quiet write only that something is left to settle', async () => {
    const mark = store.published.length
    const attributes = { 'llm.model': 'x', 'llm.tokens.input': 1, 'llm.tokens.output': 1 }
    await ingest([sampleSpan({ attributes })], { announce: 'never' })
    const bodies = store.published
      .slice(mark)
      .filter(isSpansEvent)
      .map(({ body }) => body)
    expect(bodies).toEqual([
      { spanIds: [], newTraceIds: [], openedTraceIds: [], isUnsettled: true },
    ])
  })

  it('follows whoever began the trace when several write at once', async () => {
    const mark = store.published.length
    const traceId = randomUUID()
    const [quiet, loud] = [sampleSpan({ traceId }), sampleSpan({ traceId })]
    await Promise.all([ingest([quiet], { announce: 'never' }), ingest([loud])])
    const told = toldSince(mark)
    expect(told.flatMap(({ spanIds }) => spanIds)).toEqual([loud.spanId])
    expect(told.flatMap(({ newTraceIds }) => newTraceIds)).toEqual([])
  })

  it('is what other processes load from the rows', async () => {
    const root = sampleSpan({ status: 'unset', endTime: null })
    await ingest([root], { announce: 'first' })
    const event = store.published.filter(isSpansEvent).find(isAbout(root))
    if (!event) throw new Error('Nothing was told')
    const { topic, body } = event
    const { spans, newTraces, openedTraces } = await loadTold(store.db, { topic, body })
    expect(spans.map(({ spanId }) => spanId)).toEqual([root.spanId])
    expect(openedTraces).toMatchObject([{ traceId: root.traceId, name: root.name }])
    expect(newTraces).toEqual([])
  })

  describe('spans of the server itself', () => {
    const runningIn = async (spanIds: readonly string[]): Promise<unknown> =>
      store.db.read((tx) =>
        tx.db
          .selectFrom('running_spans')
          .select(['span_id', 'process_id', 'is_quiet'])
          .where('span_id', 'in', spanIds)
          .orderBy('span_id')
          .execute(),
      )

    it('are noted while they are open, and forgotten when they are closed', async () => {
      const running = { processId: 'me' }
      const open = sampleSpan({ status: 'unset', endTime: null })
      const other = sampleSpan({ status: 'unset', endTime: null })
      const ids = [open.spanId, other.spanId]
      await ingest([open], { running, announce: 'first' })
      await ingest([open], { running, announce: 'first' })
      await ingest([other])
      expect(await runningIn(ids)).toEqual([
        { span_id: open.spanId, process_id: 'me', is_quiet: 0 },
      ])
      await ingest([{ ...open, status: 'ok', endTime: 1_700_000_009 }], { running })
      expect(await runningIn(ids)).toEqual([])
    })

    it('are not noted when they belong to another trace', async () => {
      const first = sampleSpan()
      await ingest([first])
      const stolen = sampleSpan({ spanId: first.spanId, status: 'unset' })
      const report = await ingest([stolen], { running: { processId: 'me' } })
      expect(report).toEqual({ accepted: 0, rejected: 1 })
      expect(await runningIn([first.spanId])).toEqual([])
    })
  })
})

function isAbout(span: NewSpan): (event: SpansEvent) => boolean {
  return ({ body }) => body.spanIds.includes(span.spanId)
}
