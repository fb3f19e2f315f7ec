import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { mappingVersion } from '../otlp/semantics/index.ts'
import { shownAttributes } from '../shown-attributes.ts'
import type { SpanInput, Trace } from '../span.ts'
import { findTraces } from '../trace-store.ts'
import { remapSpans } from './remap-spans.ts'
import { settleAll } from './settle-all.ts'

const sent = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.system': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 100,
}

describeEachDatabase('deriving stored spans anew', (store) => {
  const ctx = () => contextOf(store, standingClock())
  const traceOf = async (traceId: string): Promise<Trace | undefined> => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }
  /** A call as rules that knew nothing of its dialect derived it. */
  const misread = (given: Partial<SpanInput> = {}) =>
    sampleSpan({
      spanType: 'custom',
      startTime: 1_750_000_000,
      attributes: sent,
      mapped: { version: mappingVersion + 1, attributes: { 'llm.model': 'wrong', 'llm.x': 1 } },
      ...given,
    })

  it('replaces what other rules derived: type, attributes, figures, cost and totals', async () => {
    const span = misread()
    await ingestSpans(ctx(), [span], 100)
    await settleAll(ctx())
    expect(await remapSpans(ctx(), { all: false })).toEqual({ examined: 1, changed: 1 })
    const after = await getSpan(ctx(), span.spanId)
    expect(after).toMatchObject({
      spanType: 'llm_call',
      model: 'gpt-4o',
      totalTokens: 1100,
      mappingVersion,
    })
    expect(after.attributesJson).toBe(JSON.stringify(sent))
    const shown = JSON.parse(shownAttributes(after)) as Record<string, unknown>
    expect(shown).toMatchObject({ ...sent, 'llm.model': 'gpt-4o', 'llm.tokens.input': 1000 })
    expect(shown).not.toHaveProperty(['llm.x'])
    expect(after.computedCostUsd).toBeGreaterThan(0)
    expect(await traceOf(span.traceId)).toMatchObject({
      totalTokens: 1100,
      totalCostUsd: after.computedCostUsd,
    })
    expect(await remapSpans(ctx(), { all: false })).toEqual({ examined: 0, changed: 0 })
  })

  it('looks again at what the present rules derived when it is told to', async () => {
    const mapped = { version: mappingVersion, attributes: { 'llm.model': 'wrong' } }
    const span = misread({ mapped })
    await ingestSpans(ctx(), [span], 100)
    expect((await remapSpans(ctx(), { all: false })).examined).toBe(0)
    expect((await remapSpans(ctx(), { all: true })).changed).toBe(1)
    expect((await getSpan(ctx(), span.spanId)).model).toBe('gpt-4o')
  })

  it('keeps usage counted once when spans become calls', async () => {
    const traceId = randomUUID()
    const top = misread({ traceId })
    const low = misread({ traceId, parentSpanId: top.spanId })
    await ingestSpans(ctx(), [top, low], 100)
    await remapSpans(ctx(), { all: false })
    expect((await traceOf(traceId))?.totalTokens).toBe(1100)
  })

  it('leaves spans of our own clients alone', async () => {
    const span = sampleSpan({ spanType: 'custom', attributes: sent })
    await ingestSpans(ctx(), [span], 100)
    await remapSpans(ctx(), { all: true })
    expect(await getSpan(ctx(), span.spanId)).toMatchObject({ spanType: 'custom', model: null })
  })

  it('is refused to a caller who may not manage settings', async () => {
    const caller = callerWith('traces:read', 'traces:write')
    const asking = remapSpans({ ...ctx(), caller }, { all: true })
    await expect(asking).rejects.toMatchObject({ code: 'forbidden' })
  })
})
