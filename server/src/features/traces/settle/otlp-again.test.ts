import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { fromOtlp } from '../otlp/from-otlp.ts'
import { spansInJson } from '../otlp/spans-in-json.ts'
import { otlpWriterReference } from '../otlp/to-otlp.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { newSpan, type Trace } from '../span.ts'
import { traceDocument } from '../trace-document.ts'
import { findTraces } from '../trace-store.ts'
import { remapSpans } from './remap-spans.ts'
import { settleAll } from './settle-all.ts'

const chat = [
  { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
  { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
  { key: 'gen_ai.request.model', value: { stringValue: 'gpt-4o' } },
  { key: 'gen_ai.usage.input_tokens', value: { intValue: '1000' } },
  { key: 'gen_ai.usage.output_tokens', value: { intValue: '100' } },
]

describeEachDatabase('a trace that goes out by OTLP and comes in again', (store) => {
  const ctx = () => contextOf(store, standingClock())
  const traceOf = async (traceId: string): Promise<Trace | undefined> => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }
  const take = async (request: unknown) => {
    const { spans } = fromOtlp(spansInJson(request), 'standard', newSpan)
    await ingestSpans(ctx(), spans, 1000)
    await settleAll(ctx())
  }
  const exported = async (traceId: string): Promise<string> => {
    const input = { traceId, reach: 'all', writer: otlpWriterReference } as const
    const chunks = await store.db.run(traceDocument, input)
    return Buffer.concat(chunks ?? []).toString()
  }

  it('costs the same, though nested calls carry the same usage and now say their type', async () => {
    const [one, two] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
    const tail = randomBytes(7).toString('hex')
    const [top, low] = [`01${tail}`, `02${tail}`]
    const [topAgain, lowAgain] = [`03${tail}`, `04${tail}`]
    const times = {
      startTimeUnixNano: '1700000000123456789',
      endTimeUnixNano: '1700000001987654321',
    }
    const call = { traceId: one, name: 'chat', attributes: chat, ...times }
    const spans = [
      { ...call, spanId: top },
      { ...call, spanId: low, parentSpanId: top },
    ]
    await take({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
    const before = await traceOf(one)
    expect(before?.totalTokens).toBe(1100)
    expect(before?.totalCostUsd).toBeGreaterThan(0)

    const again = (text: string) =>
      text.replaceAll(one, two).replaceAll(top, topAgain).replaceAll(low, lowAgain)
    await take(JSON.parse(again(await exported(one))))
    expect(await traceOf(two)).toMatchObject({
      totalTokens: 1100,
      totalCostUsd: before?.totalCostUsd,
    })
    for (const { startTimeUnixNano, endTimeUnixNano } of spansIn(await exported(two))) {
      expect({ startTimeUnixNano, endTimeUnixNano }).toEqual(times)
    }

    await remapSpans(ctx(), { all: true })
    expect(await getSpan(ctx(), topAgain)).toMatchObject({ spanType: 'llm_call' })
    expect((await traceOf(two))?.totalTokens).toBe(1100)
  })
})

function spansIn(text: string): Record<string, unknown>[] {
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans
}
