import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { getSpan } from './get-span.ts'
import { importTrace } from './import-trace.ts'
import { ingestSpans } from './ingest-spans.ts'
import { listTraces } from './list-traces.ts'
import type { ImportedSpan, ImportedTrace } from './plan-import.ts'
import type { SpanInput } from './span.ts'
import { findTraces } from './trace-store.ts'

describeEachDatabase('import of a trace', (store) => {
  const clock = standingClock()
  const ctx = () => contextOf(store, clock)
  const fileOf = (given: Partial<ImportedTrace> = {}): ImportedTrace => ({
    traceId: randomUUID(),
    name: 'from a file',
    startTime: 3,
    endTime: 40,
    tags: { baseline: 'true' },
    sdkLanguage: 'javascript',
    ...given,
  })
  const imported = (given: Partial<SpanInput> = {}, annotationsJson = '[]'): ImportedSpan => ({
    ...sampleSpan(given),
    annotationsJson,
  })
  const traceOf = async (traceId: string) => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }

  it('keeps name, times, tags, language and annotations, and counts the rest anew', async () => {
    clock.now = 77
    const file = fileOf()
    const annotations = '[{"id":"1","text":"kept","created_at":2}]'
    const attributes = { 'llm.cost_usd': 0.5, 'llm.tokens.total': 2.9 }
    const spans = [
      imported({ attributes, startTime: 1, traceId: 'of the file' }, annotations),
      imported({ attributes, spanType: 'tool_use', sdkLanguage: 'go' }),
    ]
    expect(await importTrace(ctx(), file, spans)).toBe(2)
    expect(await traceOf(file.traceId)).toMatchObject({
      ...file,
      createdAt: 77,
      spanCount: 2,
      status: 'ok',
      totalCostUsd: 1,
      totalTokens: 4,
    })
    expect(await getSpan(ctx(), spans[0]?.spanId ?? '')).toMatchObject({
      traceId: file.traceId,
      annotationsJson: annotations,
      sdkLanguage: 'python',
    })
  })

  it('tells of no span, only that a cost is left to be worked out', async () => {
    const mark = store.published.length
    const attributes = { 'llm.model': 'm', 'llm.tokens.input': 1, 'llm.tokens.output': 1 }
    await importTrace(ctx(), fileOf(), [imported({ attributes })])
    await importTrace(ctx(), fileOf(), [imported()])
    expect(store.published.slice(mark)).toMatchObject([
      { body: { spanIds: [], newTraceIds: [], openedTraceIds: [], isUnsettled: true } },
    ])
  })

  it.each([
    ['unset', []],
    ['ok', ['ok', 'ok']],
    ['unset', ['ok', 'unset']],
    ['error', ['unset', 'error', 'ok']],
  ] as const)('says %s of spans that are %s', async (status, statuses) => {
    const file = fileOf()
    await importTrace(
      ctx(),
      file,
      statuses.map((each) => imported({ status: each })),
    )
    expect(await traceOf(file.traceId)).toMatchObject({ status, spanCount: statuses.length })
  })

  it('goes on with spans that arrive later', async () => {
    const file = fileOf({ name: 'kept', startTime: 3 })
    const span = imported({ startTime: 3, status: 'unset', endTime: null })
    await importTrace(ctx(), file, [span])
    const { traceId } = file
    const { annotationsJson: _none, ...again } = span
    await ingestSpans(ctx(), [{ ...again, traceId, status: 'ok', endTime: 50 }], 1)
    await ingestSpans(ctx(), [sampleSpan({ traceId, name: 'later root', startTime: 4 })], 1)
    expect(await traceOf(traceId)).toMatchObject({ name: 'kept', spanCount: 2, status: 'ok' })
    await ingestSpans(ctx(), [sampleSpan({ traceId, name: 'earlier root', startTime: 2 })], 1)
    expect(await traceOf(traceId)).toMatchObject({ name: 'earlier root', startTime: 2 })
  })

  it('refuses a trace that is there, and changes nothing of it', async () => {
    const file = fileOf()
    await importTrace(ctx(), file, [imported()])
    const more = imported()
    const again = importTrace(ctx(), { ...file, name: 'other' }, [more])
    await expect(again).rejects.toMatchObject({
      code: 'conflict',
      message: `Trace ${file.traceId} already exists`,
    })
    expect(await traceOf(file.traceId)).toMatchObject({ name: 'from a file', spanCount: 1 })
    await expect(getSpan(ctx(), more.spanId)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('stores nothing when a span id is taken or occurs twice', async () => {
    const taken = sampleSpan()
    await ingestSpans(ctx(), [taken], 1)
    const fresh = imported()
    for (const spans of [
      [fresh, imported({ spanId: taken.spanId })],
      [fresh, imported(), fresh],
    ]) {
      const file = fileOf()
      const outcome = importTrace(ctx(), file, spans)
      await expect(outcome).rejects.toMatchObject({ code: 'precondition' })
      await expect(outcome).rejects.toThrow(/^Import failed: span \S+ exists already$/)
      expect(await traceOf(file.traceId)).toBeUndefined()
    }
    await expect(getSpan(ctx(), fresh.spanId)).rejects.toMatchObject({ code: 'not-found' })
    expect(await getSpan(ctx(), taken.spanId)).toMatchObject({ traceId: taken.traceId })
  })

  it('lets one of two imports of the same file through', async () => {
    const file = fileOf()
    const outcomes = await Promise.allSettled(
      [imported(), imported()].map((span) => importTrace(ctx(), file, [span])),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = outcomes.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'conflict' } })
    expect((await traceOf(file.traceId))?.spanCount).toBe(1)
  })

  it('takes odd text and times without harm to later lists', async () => {
    const odd = 'a\0b\ud800'
    const plain = 'a\ufffdb\ufffd'
    const file = fileOf({
      name: odd,
      sdkLanguage: odd,
      tags: { [odd]: odd },
      startTime: -Number.MAX_VALUE,
      endTime: Number.MAX_VALUE,
    })
    await importTrace(ctx(), file, [imported({ spanType: 'tool_use' })])
    const filter = { tag: { key: plain, value: plain } }
    const { traces } = await listTraces(ctx(), filter, { limit: 5, offset: 0 })
    expect(traces).toMatchObject([{ traceId: file.traceId, name: plain, sdkLanguage: plain }])
  })
})
