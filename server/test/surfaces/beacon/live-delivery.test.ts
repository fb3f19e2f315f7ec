import { once } from 'node:events'
import type { SpanCreate } from '@pharos/contract/beacon/spans.ts'
import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { LiveClient, openingStatus, spanIdOf, wordsOf } from '../../support/live-client.ts'
import { dropPostgres, freshPostgresUrl } from '../../support/postgres.ts'
import { wireSpan, wireTrace } from '../../support/wire-spans.ts'

function post(app: TestApp, spans: SpanCreate[], headers: Record<string, string> = {}) {
  return app.client.ingestSpans({ body: { spans }, headers })
}

describe('The socket /ws/live', () => {
  test('wants a key in required mode, in the address or a header', async () => {
    await using app = await startTestApp({ settings: { auth: 'required' } })
    const reader = await app.createKey('traces:read')
    const writer = await app.createKey('traces:write')
    expect(await openingStatus(app.url)).toBe(401)
    expect(await openingStatus(app.url, '?api_key=pharos_unknown')).toBe(401)
    expect(await openingStatus(app.url, `?api_key=${writer}`)).toBe(403)
    const both = { headers: { 'x-api-key': writer } }
    expect(await openingStatus(app.url, `?api_key=${reader}`, both)).toBe(401)
    const doors = [
      LiveClient.open(app.url, `?api_key=${reader}`),
      LiveClient.open(app.url, '', { headers: { 'x-api-key': reader } }),
      LiveClient.open(app.url, '', { headers: { authorization: `Bearer ${reader}` } }),
      LiveClient.open(app.url, `?api_key=${reader}`, { origin: 'http://evil.example' }),
    ]
    const span = wireSpan()
    const clients = await Promise.all(doors)
    await post(app, [span], { 'x-api-key': writer })
    for (const client of clients) {
      expect(wordsOf(await client.takeUntilSpan(span.span_id))).toEqual([`span ${span.span_id}`])
      client[Symbol.dispose]()
    }
  })

  test('says goodbye when the server stops', async () => {
    const app = await startTestApp()
    using live = await LiveClient.open(app.url)
    const closed = once(live.socket, 'close')
    await app.stop()
    const [code] = await closed
    expect(code).toBe(1001)
  })

  test('tells a client that stood still what it missed, and holds up nobody else', async () => {
    await using app = await startTestApp()
    using quick = await LiveClient.open(app.url)
    using slow = await LiveClient.open(app.url)
    slow.socket.pause()
    const filler = { filler: 'x'.repeat(500_000) }
    const ids: string[] = []
    for (let batch = 0; batch < 8; batch += 1) {
      const spans = wireTrace(`batch ${batch}`, 8).map((span) => ({ ...span, attributes: filler }))
      ids.push(...spans.map(({ span_id }) => span_id))
      await post(app, spans)
    }
    const all = await quick.until((frames) => frames.length >= 72)
    expect(all.flatMap((frame) => spanIdOf(frame) ?? [])).toEqual(ids)
    slow.socket.resume()
    const last = ids.at(-1)!
    await slow.takeUntilSpan(last).then((frames) => {
      const missed = frames.filter(({ event }) => event === 'gap')
      expect(missed).toHaveLength(1)
      const [gap] = missed
      const told = frames.flatMap((frame) => spanIdOf(frame) ?? [])
      expect(gap).toEqual({ event: 'gap', missed: 72 - 1 - (frames.length - 1) })
      expect(told.length).toBeLessThan(ids.length)
      expect(told).toEqual(ids.filter((id) => told.includes(id)))
      const after = frames.slice(frames.findIndex((frame) => frame === gap) + 1)
      const untold = ids.filter((id) => !told.includes(id))
      const firstAfter = after.map(spanIdOf).find((id) => id !== undefined)!
      expect(ids.indexOf(firstAfter)).toBeGreaterThan(ids.indexOf(untold.at(-1)!))
    })
    const next = wireSpan()
    await post(app, [next])
    const rest = await slow.takeUntilSpan(next.span_id)
    expect(rest.filter(({ event }) => event === 'gap')).toEqual([])
  })
})

describe('The socket /ws/live beside a second server [postgres]', () => {
  test('tells what the other one stores, in order and as it is stored', async () => {
    const databaseUrl = await freshPostgresUrl()
    const shared = { databaseUrl, encryptionKey: Buffer.alloc(32, 7).toString('base64') }
    try {
      await using here = await startTestApp({ settings: shared })
      await using there = await startTestApp({ settings: shared })
      using live = await LiveClient.open(here.url)
      using one = await LiveClient.open(here.url)
      await one.tell({ action: 'subscribe_trace', trace_id: 'far' })

      const spans = wireTrace('far', 5)
      await post(there, spans)
      await post(there, [wireSpan({ ...spans[4], status: 'error', error_message: 'late' })])
      const near = wireSpan({ span_id: 'near', trace_id: 'near' })
      await live.until((frames) => frames.length >= 7)
      await post(here, [near])
      const words = wordsOf(await live.takeUntilSpan('near'))
      expect(words).toEqual([
        ...spans.map(({ span_id }) => `span ${span_id}`),
        'trace far',
        'span far-4',
        'span near',
      ])
      await one.until((frames) => frames.length >= 6)
      expect(wordsOf(one.frames)).toEqual([...words.slice(0, 5), 'span far-4'])
      expect(one.frames.at(-1)).toMatchObject({ span: { status: 'error', error_message: 'late' } })

      const heavy = wireTrace('heavy', 40).map((span) => ({
        ...span,
        attributes: { filler: 'x'.repeat(250_000) },
      }))
      await post(there, heavy)
      await live.takeUntilSpan('heavy-39')
      const { body } = await here.client.getTrace({ params: { trace_id: 'heavy' } })
      expect(body.span_count).toBe(40)
    } finally {
      await dropPostgres(databaseUrl)
    }
  })
})
