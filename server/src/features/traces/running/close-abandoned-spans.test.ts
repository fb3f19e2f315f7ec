import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import { isSpansEvent, type Announce } from '../events.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { newSpan, type NewSpan, type SpanInput } from '../span.ts'
import { closeAbandonedSpans } from './close-abandoned-spans.ts'
import { endProcess, keepProcess } from './keep-process.ts'

const never = new AbortController().signal

describeEachDatabase('spans of a process that died', (store) => {
  const clock = standingClock(2_000_000_000)
  const ctx = () => contextOf(store, clock)
  const openSpan = (given: Partial<SpanInput> = {}): NewSpan =>
    sampleSpan({ status: 'unset', endTime: null, attributes: { 'llm.prompt': 'Hi' }, ...given })
  const ingest = async (span: NewSpan, processId: string, announce: Announce = 'after') =>
    ingestSpans(ctx(), [span], 100, { announce, running: { processId } })
  const notedIds = async (processId: string): Promise<string[]> => {
    const rows = await store.db.read((tx) =>
      tx.db
        .selectFrom('running_spans')
        .select('span_id')
        .where('process_id', '=', processId)
        .execute(),
    )
    return rows.map((row) => row.span_id)
  }
  const sweep = (processId: string): Promise<number> => closeAbandonedSpans(ctx(), processId, never)

  it('are closed as errors with all that was known of them', async () => {
    const dead = randomUUID()
    const [call, other] = [openSpan(), openSpan({ attributes: { deep: { x: [1] } } })]
    await ingest(call, dead)
    await ingest(other, dead)
    expect(await sweep(randomUUID())).toBe(2)
    expect(await getSpan(ctx(), call.spanId)).toMatchObject({
      status: 'error',
      errorMessage: 'The server stopped before this ended',
      endTime: clock.now,
      attributesJson: '{"llm.prompt":"Hi"}',
      startTime: call.startTime,
    })
    expect(await getSpan(ctx(), other.spanId)).toMatchObject({
      attributesJson: '{"deep":{"x":[1]}}',
    })
    expect(await notedIds(dead)).toEqual([])
    expect(await sweep(randomUUID())).toBe(0)
  })

  it('do not include those that had ended, were deleted, or are of this process', async () => {
    const [dead, own] = [randomUUID(), randomUUID()]
    const [ended, endedByOther, mine] = [openSpan(), openSpan(), openSpan()]
    await ingest(ended, dead)
    await ingest({ ...ended, status: 'ok', endTime: ended.startTime + 1 }, dead)
    await ingest(endedByOther, dead)
    await ingestSpans(ctx(), [{ ...endedByOther, status: 'ok', endTime: 1_700_000_009 }], 100)
    const deleted = openSpan()
    await ingest(deleted, dead)
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('traces').where('trace_id', '=', deleted.traceId).execute()
    })
    await keepProcess(ctx(), own)
    await ingest(mine, own)
    expect(await sweep(own)).toBe(0)
    expect(await getSpan(ctx(), endedByOther.spanId)).toMatchObject({ status: 'ok' })
    expect(await getSpan(ctx(), mine.spanId)).toMatchObject({ status: 'unset' })
    expect(await notedIds(dead)).toEqual([])
    expect(await notedIds(own)).toEqual([mine.spanId])
    await ingest({ ...mine, status: 'ok', endTime: 1_700_000_009 }, own)
    expect(await notedIds(own)).toEqual([])
  })

  it('are told of, unless nobody heard of them before', async () => {
    const dead = randomUUID()
    const [loud, quiet] = [openSpan(), openSpan()]
    await ingest(loud, dead, 'first')
    await ingest(quiet, dead, 'never')
    const before = store.published.length
    expect(await sweep(randomUUID())).toBe(2)
    const told = store.published
      .slice(before)
      .flatMap((event) => (isSpansEvent(event) ? event.body.spanIds : []))
    expect(told).toEqual([loud.spanId])
    expect(await getSpan(ctx(), quiet.spanId)).toMatchObject({ status: 'error' })
  })

  it('take the later word of a process that was alive after all', async () => {
    const slow = randomUUID()
    const span = openSpan()
    await ingest(span, slow)
    await sweep(randomUUID())
    await ingest({ ...span, status: 'ok', endTime: span.startTime + 5 }, slow)
    expect(await getSpan(ctx(), span.spanId)).toMatchObject({ status: 'ok', errorMessage: null })
  })

  it('are left alone by a caller without the scope and after an abort', async () => {
    const span = openSpan()
    await ingest(span, randomUUID())
    const other = contextOf(store, clock, callerWith('traces:read'))
    await expect(closeAbandonedSpans(other, 'x', never)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(keepProcess(other, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(endProcess(other, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await closeAbandonedSpans(ctx(), 'x', AbortSignal.abort())).toBe(0)
    expect(await getSpan(ctx(), span.spanId)).toMatchObject({ status: 'unset' })
    expect(await sweep(randomUUID())).toBe(1)
  })

  it('wait on a shared database until the process has not been seen for long', async () => {
    if (store.dialect === 'sqlite') return
    const other = randomUUID()
    await keepProcess(ctx(), other)
    const span = openSpan()
    await ingest(span, other)
    expect(await sweep(randomUUID())).toBe(0)
    await store.db.write(async (tx) => {
      await tx.db
        .updateTable('processes')
        .set(({ eb }) => ({ seen_at: eb('seen_at', '-', 100) }))
        .where('id', '=', other)
        .execute()
    })
    expect(await sweep(randomUUID())).toBe(1)
    const next = openSpan()
    await keepProcess(ctx(), other)
    await ingest(next, other)
    await endProcess(ctx(), other)
    expect(await sweep(randomUUID())).toBe(1)
  })

  it('closes many in portions, keeping the totals of their traces right', async () => {
    const dead = randomUUID()
    const traceId = randomUUID()
    const spans = Array.from({ length: 450 }, (_, index) =>
      newSpan({
        spanId: randomUUID(),
        traceId,
        parentSpanId: null,
        spanType: 'llm_call',
        name: `call ${index}`,
        status: 'unset',
        errorMessage: null,
        startTime: 1_700_000_000 + index,
        endTime: null,
        sdkLanguage: null,
        attributes: { 'llm.cost_usd': 0.5 },
      }),
    )
    await ingestSpans(ctx(), spans, 1000, { running: { processId: dead } })
    expect(await sweep(randomUUID())).toBe(450)
    const trace = await store.db.read((tx) =>
      tx.db.selectFrom('traces').selectAll().where('trace_id', '=', traceId).executeTakeFirst(),
    )
    expect(trace).toMatchObject({
      status: 'error',
      unset_count: 0,
      error_count: 450,
      total_cost_usd: 225,
    })
  })
})
