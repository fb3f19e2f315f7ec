import { expect, test } from 'vitest'
import { newSpan, type SpanInput } from '../../features/traces/index.ts'
import { demoTraces } from './demo-traces.ts'

const now = 1_760_000_000.25
/** USD per million tokens, as the Beacon contract lists them in §10.4. */
const listedPrices: Record<string, readonly [input: number, output: number]> = {
  'gpt-4o': [2.5, 10],
  'gpt-4o-mini': [0.15, 0.6],
  'claude-sonnet-4-6': [3, 15],
  'claude-haiku-4-5-20251001': [1, 5],
  'gemini-2.5-flash': [0.15, 0.6],
}
const allSpans = demoTraces(now).flat()
const modelSpans = allSpans.filter(({ spanType }) => spanType === 'llm_call')

function rootOf(spans: readonly SpanInput[]): SpanInput {
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === null)
  expect(roots).toHaveLength(1)
  return roots[0]!
}

test('there are three traces of eight to fourteen spans, marked as demo data at their root', () => {
  const traces = demoTraces(now)
  expect(traces).toHaveLength(3)
  for (const spans of traces) {
    expect(spans.length).toBeGreaterThanOrEqual(8)
    expect(spans.length).toBeLessThanOrEqual(14)
    const root = rootOf(spans)
    expect(root).toBe(spans[0])
    expect(root.name).toMatch(/^Demo: /)
    expect(root.attributes['demo']).toBe(true)
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  }
})

test('ids are unique UUIDs that do not depend on the time', () => {
  const ids = allSpans.map(({ spanId }) => spanId)
  const traceIds = new Set(allSpans.map(({ traceId }) => traceId))
  expect(new Set([...ids, ...traceIds]).size).toBe(ids.length + 3)
  for (const id of [...ids, ...traceIds]) {
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  }
  expect(
    demoTraces(now + 99_999)
      .flat()
      .map(({ spanId }) => spanId),
  ).toEqual(ids)
})

test('every parent is in its trace, comes before its children and lasts as long as they do', () => {
  for (const spans of demoTraces(now)) {
    const children = spans.filter(({ parentSpanId }) => parentSpanId !== null)
    for (const child of children) {
      const at = spans.findIndex(({ spanId }) => spanId === child.parentSpanId)
      expect(at, child.name).toBeGreaterThanOrEqual(0)
      expect(at).toBeLessThan(spans.indexOf(child))
      expect(child.startTime).toBeGreaterThanOrEqual(spans[at]!.startTime)
      expect(child.endTime).toBeLessThanOrEqual(spans[at]!.endTime!)
    }
  }
})

test('every span has ended in the last hour, after it started', () => {
  for (const { startTime, endTime } of allSpans) {
    expect(startTime).toBeGreaterThan(now - 3600)
    expect(endTime).toBeGreaterThan(startTime)
    expect(endTime).toBeLessThan(now)
  }
})

test('tokens and costs follow from the price list', () => {
  const models = new Set(modelSpans.map(({ attributes }) => String(attributes['llm.model'])))
  expect([...models].toSorted()).toEqual(Object.keys(listedPrices).toSorted())
  for (const span of modelSpans) {
    const usage = newSpan(span)
    const [inputPrice, outputPrice] = listedPrices[usage.model!]!
    const cost = (usage.inputTokens! * inputPrice + usage.outputTokens! * outputPrice) / 1e6
    expect(usage.inputTokens).toBeGreaterThan(0)
    expect(usage.outputTokens).toBeGreaterThan(0)
    expect(usage.totalTokens).toBe(usage.inputTokens! + usage.outputTokens!)
    expect(usage.costUsd).toBeGreaterThan(0)
    expect(Math.abs(usage.costUsd! - cost)).toBeLessThan(1e-12)
  }
})

test('prompts are message arrays, and the turns of a conversation grow', () => {
  const lengths = modelSpans.map(({ attributes }) => {
    const messages = JSON.parse(String(attributes['llm.prompt']))
    expect(messages.length).toBeGreaterThan(0)
    for (const message of messages) expect(message).toHaveProperty('role')
    return `${String(attributes['llm.model'])} ${messages.length}`
  })
  const turns = [2, 4, 6, 8, 10].map((count) => `claude-sonnet-4-6 ${count}`)
  expect(lengths).toEqual(expect.arrayContaining(turns))
})

test('a failed tool is tried again and succeeds, and a failed command too', () => {
  const outcomes = (name: string) =>
    allSpans.filter((span) => span.name === name).map(({ status }) => status)
  expect(outcomes('fetch_page')).toEqual(['error', 'ok'])
  expect(outcomes('node --test')).toEqual(['error', 'ok'])
  for (const { status, errorMessage } of allSpans) {
    expect(errorMessage !== null).toBe(status === 'error')
  }
})

test('every attribute survives JSON', () => {
  for (const { attributes } of allSpans) {
    expect(JSON.parse(JSON.stringify(attributes))).toEqual(attributes)
  }
})
