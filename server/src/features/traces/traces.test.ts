import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import type { Tx } from '../../platform/db/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { sampleWriterReference } from '../../../test/support/sample-writer.ts'
import { deleteTrace, deleteTraces } from './delete-traces.ts'
import { getBaselineTrace } from './get-baseline-trace.ts'
import { getGraph } from './get-graph.ts'
import { getSpan } from './get-span.ts'
import { findTraceDocument, getTraceDocument } from './get-trace-document.ts'
import { ingestSpans } from './ingest-spans.ts'
import { listTraces } from './list-traces.ts'
import { listPromptVersions, savePromptVersion } from './prompt-versions.ts'
import { replaceAnnotations } from './replace-annotations.ts'
import { replaceTags } from './replace-tags.ts'
import type { NewSpan, SpanInput } from './span.ts'
import type { TraceFilter } from './trace-store.ts'

const notFound = { code: 'not-found' }

describeEachDatabase('traces', (store) => {
  const clock = standingClock()
  const ctx = () => contextOf(store, clock)
  const ingest = (...spans: NewSpan[]) => ingestSpans(ctx(), spans, 1000)
  /** Stores one trace of one span and gives its id; each arrives a second after the one before. */
  const arrive = async (given: Partial<SpanInput> = {}): Promise<string> => {
    clock.now += 1
    const span = sampleSpan(given)
    await ingest(span)
    return span.traceId
  }
  const list = async (filter: TraceFilter, limit = 50, offset = 0) => {
    const { traces, total } = await listTraces(ctx(), filter, { limit, offset })
    return { ids: traces.map(({ traceId }) => traceId), total }
  }

  describe('list', () => {
    it('pages newest arrival first, whatever the start times, and counts all that match', async () => {
      clock.now = 2_000_000_000
      const createdFrom = clock.now
      const a = await arrive({ startTime: 9 })
      const b = await arrive({ startTime: 5 })
      const [c, d] = [sampleSpan({ startTime: 7 }), sampleSpan({ startTime: 1 })]
      await ingest(c, d)
      const newest = [d.traceId, c.traceId, b, a]
      expect(await list({ createdFrom })).toEqual({ ids: newest, total: 4 })
      expect(await list({ createdFrom }, 2, 1)).toEqual({ ids: newest.slice(1, 3), total: 4 })
      expect(await list({ createdFrom }, 2, 4)).toEqual({ ids: [], total: 4 })
      expect(await list({ createdFrom, createdTo: clock.now })).toEqual({ ids: [a], total: 1 })
    })

    it.each([
      ['status', { status: 'error' }],
      ['part of the name in any case', { name: 'FIND_me%' }],
      ['tag', { tag: { key: 'team', value: 'search é' } }],
      ['language', { sdkLanguage: 'go' }],
      ['least cost', { minCostUsd: 5 }],
    ] as const)('narrows by %s', async (_what, filter) => {
      clock.now += 1000
      const createdFrom = clock.now
      await arrive({ name: 'findXme', attributes: { 'llm.cost_usd': 4.9 } })
      const wanted = await arrive({
        name: 'to find_me% here',
        status: 'error',
        sdkLanguage: 'go',
        attributes: { 'llm.cost_usd': 5 },
      })
      await replaceTags(ctx(), wanted, { team: 'search é', other: '1' })
      const other = await arrive()
      await replaceTags(ctx(), other, { team: 'search', other: 'search é' })
      expect(await list({ createdFrom, ...filter })).toEqual({ ids: [wanted], total: 1 })
      expect(await list({ createdFrom, ...filter, sdkLanguage: 'none' })).toMatchObject({
        total: 0,
      })
    })

    it('finds nothing, and fails in nothing, for a tag or name with odd characters', async () => {
      const traceId = await arrive()
      const odd = 'a"b\\c\0d\ud800'
      expect(await replaceTags(ctx(), traceId, { [odd]: odd, '': '' })).toEqual({
        'a"b\\c\ufffdd\ufffd': 'a"b\\c\ufffdd\ufffd',
        '': '',
      })
      expect(await list({ tag: { key: '', value: '' } })).toEqual({ ids: [traceId], total: 1 })
      expect(await list({ tag: { key: odd, value: odd } })).toEqual({ ids: [traceId], total: 1 })
      const nothing = { ids: [], total: 0 }
      for (const name of ["100%' or \\_", 'a\0b', '\ud800']) {
        expect(await list({ name })).toEqual(nothing)
        expect(await list({ sdkLanguage: name })).toEqual(nothing)
        await expect(getSpan(ctx(), name)).rejects.toMatchObject(notFound)
        await expect(getGraph(ctx(), name)).rejects.toMatchObject(notFound)
        expect(await deleteTraces(ctx(), { traceIds: [name] })).toBe(0)
      }
    })

    it('shows a key with an owner only what is its own', async () => {
      const owner = ownerCaller(randomUUID(), 'traces:read', 'traces:write')
      const owned = contextOf(store, clock, owner)
      const [own, team] = [sampleSpan(), sampleSpan({ traceId: await arrive() })]
      await ingestSpans(owned, [own], 1)
      await ingest(team)
      const { traces, total } = await listTraces(owned, {}, { limit: 50, offset: 0 })
      expect([traces.map(({ traceId }) => traceId), total]).toEqual([[own.traceId], 1])
      const hidden = await Promise.allSettled([
        getSpan(owned, team.spanId),
        getGraph(owned, team.traceId),
        getTraceDocument(owned, team.traceId, sampleWriterReference),
        replaceTags(owned, team.traceId, {}),
        replaceAnnotations(owned, team.spanId, []),
        listPromptVersions(owned, team.spanId),
        deleteTrace(owned, team.traceId),
      ])
      for (const outcome of hidden) expect(outcome).toMatchObject({ reason: notFound })
      expect(await deleteTraces(owned, { createdBefore: 9e9 })).toBe(1)
      expect(await getSpan(ctx(), team.spanId)).toMatchObject({ spanId: team.spanId })
    })
  })

  describe('document', () => {
    it('writes all spans by start time, ties as they arrived, over many pages', async () => {
      const traceId = randomUUID()
      const spans = Array.from({ length: 1203 }, (_, index) =>
        sampleSpan({ traceId, startTime: index % 2, attributes: { index, text: 'é🔑\ud800' } }),
      )
      await ingest(...spans)
      const chunks = await getTraceDocument(ctx(), traceId, sampleWriterReference)
      const [head, ...rest] = JSON.parse(Buffer.concat(chunks).toString()) as unknown[]
      expect(head).toEqual([traceId, 1203])
      const inOrder = [0, 1].flatMap((start) =>
        spans.filter(({ startTime }) => startTime === start),
      )
      const expected = inOrder.map(({ spanId, attributesJson }, index) => {
        const attributes: unknown = JSON.parse(attributesJson)
        return [index, spanId, attributes]
      })
      expect(rest).toEqual([...expected, 'ok'])
    })

    it('is missing for an unknown trace', async () => {
      const id = randomUUID()
      expect(await findTraceDocument(ctx(), id, sampleWriterReference)).toBeUndefined()
      const document = getTraceDocument(ctx(), id, sampleWriterReference)
      await expect(document).rejects.toMatchObject(notFound)
    })
  })

  it('draws spans as nodes by start, and parenthood as edges even to parents that lack', async () => {
    const traceId = randomUUID()
    const of = (spanId: string, given: Partial<SpanInput>) =>
      sampleSpan({ traceId, spanId: `${traceId}-${spanId}`, ...given })
    const child = of('child', {
      parentSpanId: `${traceId}-root`,
      startTime: 2,
      endTime: 2.5,
      spanType: 'tool_use',
      attributes: { 'llm.cost_usd': 'free', 'agent.framework': 7 },
    })
    const dangling = of('dangling', { parentSpanId: 'lost', startTime: 2, endTime: null })
    const root = of('root', {
      startTime: 1,
      endTime: 3,
      attributes: { 'llm.cost_usd': '0.5', 'agent.framework': 'crewai' },
    })
    await ingest(child, dangling, root, of('bare', { parentSpanId: '', startTime: 9 }))
    const { nodes, edges } = await getGraph(ctx(), traceId)
    expect(nodes.map(({ spanId, sequence }) => [spanId, sequence])).toEqual(
      [root, child, dangling]
        .map(({ spanId }, index) => [spanId, index + 1])
        .concat([[`${traceId}-bare`, 4]]),
    )
    expect(nodes.slice(0, 3)).toMatchObject([
      { durationMs: 2000, costUsd: 0.5, framework: 'crewai' },
      { durationMs: 500, costUsd: null, framework: null, spanType: 'tool_use' },
      { durationMs: null },
    ])
    expect(edges).toEqual([
      { parentSpanId: root.spanId, childSpanId: child.spanId },
      { parentSpanId: 'lost', childSpanId: dangling.spanId },
    ])
    await expect(getGraph(ctx(), randomUUID())).rejects.toMatchObject(notFound)
  })

  it('replaces tags and annotations as a whole, and clears them', async () => {
    const span = sampleSpan()
    await ingest(span)
    const annotations = [
      { id: 'same', text: 'a\0b\ud800', createdAt: 1.25 },
      { id: 'same', text: '', createdAt: 0 },
    ]
    await replaceAnnotations(ctx(), span.spanId, annotations)
    const { annotationsJson } = await getSpan(ctx(), span.spanId)
    expect(JSON.parse(annotationsJson)).toEqual(
      annotations.map(({ createdAt, ...rest }) => ({ ...rest, created_at: createdAt })),
    )
    await replaceAnnotations(ctx(), span.spanId, [])
    expect((await getSpan(ctx(), span.spanId)).annotationsJson).toBe('[]')
    await replaceTags(ctx(), span.traceId, { a: '1', ['__proto__']: 'x' })
    await replaceTags(ctx(), span.traceId, { b: '2' })
    const { traces } = await listTraces(
      ctx(),
      { tag: { key: 'b', value: '2' } },
      { limit: 1, offset: 0 },
    )
    expect(traces[0]?.tags).toEqual({ b: '2' })
    await expect(replaceAnnotations(ctx(), randomUUID(), [])).rejects.toMatchObject(notFound)
    await expect(replaceTags(ctx(), randomUUID(), {})).rejects.toMatchObject(notFound)
  })

  it('keeps prompt versions, newest first and of one moment the later first', async () => {
    const span = sampleSpan()
    const tool = sampleSpan({ spanType: 'tool_use' })
    await ingest(span, tool)
    const save = (promptText: string, label: string | null = null) =>
      savePromptVersion(ctx(), span.spanId, { promptText, label })
    clock.now = 100
    await save('first', 'a\0b')
    await save('second')
    clock.now = 50
    const older = await save('')
    const versions = await listPromptVersions(ctx(), span.spanId)
    expect(versions.map(({ promptText, label }) => [promptText, label])).toEqual([
      ['second', null],
      ['first', 'a\ufffdb'],
      ['', null],
    ])
    expect(versions[2]).toEqual(older)
    expect(await listPromptVersions(ctx(), tool.spanId)).toEqual([])
    const refused = savePromptVersion(ctx(), tool.spanId, { promptText: 'x', label: null })
    await expect(refused).rejects.toMatchObject({
      code: 'precondition',
      message: 'Prompt versions only supported for llm_call spans',
    })
    const unknown = savePromptVersion(ctx(), randomUUID(), { promptText: 'x', label: null })
    await expect(unknown).rejects.toMatchObject(notFound)
    await expect(listPromptVersions(ctx(), randomUUID())).rejects.toMatchObject(notFound)
  })

  it('gives the newest baseline among the hundred newest traces', async () => {
    clock.now = 5_000_000_000
    const tagged = async (value: string) => {
      const traceId = await arrive()
      await replaceTags(ctx(), traceId, { baseline: value })
      return traceId
    }
    const older = await tagged('true')
    const newer = await tagged('true')
    await tagged('yes')
    const baseline = async (excluded?: string) => (await getBaselineTrace(ctx(), excluded))?.traceId
    expect(await baseline()).toBe(newer)
    expect(await baseline(newer)).toBe(older)
    await ingest(...Array.from({ length: 98 }, () => sampleSpan()))
    expect(await baseline()).toBe(newer)
    expect(await baseline(newer)).toBeUndefined()
  })

  describe('deletion', () => {
    it('takes everything along that hangs on a trace, and nothing else', async () => {
      const traceId = randomUUID()
      const [gone, kept] = [sampleSpan({ traceId }), sampleSpan()]
      await ingest(gone, sampleSpan({ traceId }), kept)
      for (const { spanId } of [gone, kept]) {
        await savePromptVersion(ctx(), spanId, { promptText: 'p', label: null })
      }
      const before = await rowCounts()
      await deleteTrace(ctx(), traceId)
      expect(await rowCounts()).toEqual({
        spans: before.spans - 2,
        span_payloads: before.span_payloads - 2,
        prompt_versions: before.prompt_versions - 1,
        traces: before.traces - 1,
      })
      expect(await listPromptVersions(ctx(), kept.spanId)).toHaveLength(1)
      await expect(deleteTrace(ctx(), traceId)).rejects.toMatchObject(notFound)
      await ingest(gone)
      expect(await getSpan(ctx(), gone.spanId)).toMatchObject({ spanId: gone.spanId })
    })

    it('counts each named trace once and passes over unknown ones', async () => {
      const ids = [await arrive(), await arrive()]
      const traceIds = [...ids, ...ids, randomUUID(), '']
      expect(await deleteTraces(ctx(), { traceIds })).toBe(2)
      expect(await deleteTraces(ctx(), { traceIds })).toBe(0)
      expect(await deleteTraces(ctx(), { traceIds: [] })).toBe(0)
    })

    it('is noted with what is gone, as far as anything is', async () => {
      const [one, two, three] = [await arrive(), await arrive(), await arrive()]
      const noted = async (traceIds: readonly string[]) => {
        const select = (tx: Tx) =>
          tx.db.selectFrom('audit_log').select(['id', 'action', 'target_id', 'changes']).execute()
        const before = (await store.db.read(select)).map(({ id }) => id)
        await deleteTraces(ctx(), { traceIds })
        const after = await store.db.read(select)
        return after.flatMap(({ id, ...row }) => (before.includes(id) ? [] : [row]))
      }
      const action = 'trace.delete'
      expect(await noted([one])).toEqual([{ action, target_id: one, changes: '{"count":1}' }])
      const [row] = await noted([two, three])
      expect(row).toMatchObject({ action, target_id: '*' })
      expect(JSON.parse(row?.changes ?? '')).toEqual({
        count: 2,
        traceIds: expect.arrayContaining([two, three]),
      })
      expect(await noted([one])).toEqual([])
    })

    it('deletes what arrived strictly before a time, however many', async () => {
      await deleteTraces(ctx(), { createdBefore: 9e9 })
      clock.now = 10
      await ingest(...Array.from({ length: 1100 }, () => sampleSpan()))
      const edge = await arrive()
      expect(clock.now).toBe(11)
      expect(await deleteTraces(ctx(), { createdBefore: 11 })).toBe(1100)
      expect(await list({})).toEqual({ ids: [edge], total: 1 })
      expect(await rowCounts()).toMatchObject({ traces: 1, spans: 1, span_payloads: 1 })
    })
  })

  const rowCounts = () =>
    store.db.read(async (tx) => {
      const count = async (table: 'traces' | 'spans' | 'span_payloads' | 'prompt_versions') => {
        const query = tx.db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as('number'))
        return (await query.executeTakeFirstOrThrow()).number
      }
      return {
        traces: await count('traces'),
        spans: await count('spans'),
        span_payloads: await count('span_payloads'),
        prompt_versions: await count('prompt_versions'),
      }
    })
})
