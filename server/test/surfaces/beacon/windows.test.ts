import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { wireSpan } from '../../support/wire-spans.ts'

describe.each(['sqlite', 'postgres'] as const)('What is looked at [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const postTraces = (count: number) =>
    app.client.ingestSpans({ body: { spans: Array.from({ length: count }, () => wireSpan()) } })

  test('the baseline is looked for among the 100 newest traces only (§1.3-11)', async () => {
    await app.client.ingestSpans({ body: { spans: [wireSpan({ trace_id: 'baseline' })] } })
    const params = { trace_id: 'baseline' }
    await app.client.putTags({ params, body: { tags: { baseline: 'true' } } })
    await postTraces(99)
    expect((await app.client.getBaselineTrace()).body?.trace_id).toBe('baseline')
    await postTraces(1)
    expect((await app.client.getBaselineTrace()).body).toBeNull()
  })

  test.each([
    ['day', 3, 3, 86_400, /^\d{4}-\d\d-\d\d$/],
    ['hour', 2, 48, 3600, /^\d{4}-\d\d-\d\dT\d\d:00$/],
  ] as const)('trends by %s end now and have no gaps (§8.3)', async (...row) => {
    const [bucket, days, count, seconds, form] = row
    await postTraces(1)
    const before = Math.floor(Date.now() / 1000 / seconds)
    const { body } = await app.client.getTrends({ query: { bucket, days } })
    const starts = body.buckets.map(({ date }) => {
      expect(date).toMatch(form)
      return Date.parse(bucket === 'day' ? date : `${date}:00Z`) / 1000 / seconds
    })
    const last = starts.at(-1)!
    expect([before, before + 1]).toContain(last)
    expect(starts).toEqual(Array.from({ length: count }, (_, index) => last - count + 1 + index))
    const seen = body.buckets.reduce((sum, one) => sum + one.trace_count, 0)
    const { body: stats } = await app.client.getStats()
    expect(seen).toBe(stats.total_traces)
  })

  test('trends have 30 daily buckets unless asked for others (§8.3)', async () => {
    const { body } = await app.client.getTrends()
    expect(body.buckets).toHaveLength(30)
    const { body: longest } = await app.client.getTrends({ query: { days: 365, bucket: 'hour' } })
    expect(longest.buckets).toHaveLength(365 * 24)
  })

  test('pages of a long list follow each other without gaps or repeats (§1.3-7)', async () => {
    await postTraces(60)
    const { body: all } = await app.client.listTraces({ query: { limit: 200 } })
    const ids: string[] = []
    for (let offset = 0; offset < all.total; offset += 17) {
      const { body } = await app.client.listTraces({ query: { limit: 17, offset } })
      ids.push(...body.traces.map(({ trace_id }) => trace_id))
    }
    expect(new Set(ids).size).toBe(all.total)
    expect(ids.slice(0, 200)).toEqual(all.traces.map(({ trace_id }) => trace_id))
  })
})
