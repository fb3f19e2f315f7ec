import { once } from 'node:events'
import { ServerFrame } from '@pharos/contract/beacon/live.ts'
import type { SpanCreate } from '@pharos/contract/beacon/spans.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { LiveClient, openingStatus, wordsOf } from '../../support/live-client.ts'
import { wireSpan, wireTrace } from '../../support/wire-spans.ts'

describe.each(['sqlite', 'postgres'] as const)('The socket /ws/live [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const post = (...spans: SpanCreate[]) => app.client.ingestSpans({ body: { spans } })
  /** A span whose arrival shows that everything stored before it has arrived. */
  const marker = (traceId: string = crypto.randomUUID()): SpanCreate =>
    wireSpan({ trace_id: traceId })
  const subscribe = (traceId: string) => ({ action: 'subscribe_trace', trace_id: traceId })
  const unsubscribe = (traceId: string) => ({ action: 'unsubscribe_trace', trace_id: traceId })

  test('tells every stored span in order, then the trace that began, once (§9, §13.2)', async () => {
    using live = await LiveClient.open(app.url)
    const traceId = crypto.randomUUID()
    const [root, ...children] = wireTrace(traceId, 3)
    await post(...children)
    await post(root!)
    const end = marker()
    await post(end)
    const frames = await live.takeUntilSpan(end.span_id)
    expect(wordsOf(frames)).toEqual([
      `span ${traceId}-1`,
      `span ${traceId}-2`,
      `trace ${traceId}`,
      `span ${traceId}-0`,
      `span ${end.span_id}`,
    ])
    const stored = await app.client.getSpan({ params: { span_id: `${traceId}-1` } })
    expect(frames[0]).toEqual({ event: 'span_created', span: stored.body })
    expect(frames[2]).toEqual({
      event: 'trace_created',
      trace: {
        trace_id: traceId,
        name: 'step 1',
        start_time: 1_700_000_001,
        end_time: 1_700_000_002.5,
        duration_ms: 1500,
        span_count: 2,
        status: 'ok',
        total_cost_usd: 0,
        total_tokens: 0,
        tags: {},
        sdk_language: 'python',
      },
    })
    for (const frame of frames) expect(ServerFrame.safeParse(frame).error).toBeUndefined()
  })

  test('tells a span that occurs twice in a batch twice, as it ends up (§1.3-2)', async () => {
    using live = await LiveClient.open(app.url)
    const span = wireSpan({ status: 'unset', end_time: null })
    await post(span, { ...span, status: 'ok', attributes: { final: true } }, marker(span.trace_id))
    const frames = await live.until((all) => all.length >= 4)
    expect(wordsOf(frames.slice(0, 2))).toEqual([`span ${span.span_id}`, `span ${span.span_id}`])
    for (const frame of frames.slice(0, 2)) {
      expect(frame).toMatchObject({ span: { status: 'ok', attributes: { final: true } } })
    }
  })

  test('tells an update as span_created again, and no second trace', async () => {
    using live = await LiveClient.open(app.url)
    const span = wireSpan({ status: 'unset', end_time: null })
    await post(span)
    await post({ ...span, status: 'error', error_message: 'boom' })
    const frames = await live.until((all) => all.length >= 3)
    expect(wordsOf(frames)).toEqual([
      `span ${span.span_id}`,
      `trace ${span.trace_id}`,
      `span ${span.span_id}`,
    ])
    expect(frames[2]).toMatchObject({ span: { status: 'error', error_message: 'boom' } })
  })

  test('tells a rejected span as the other trace has it', async () => {
    const mine = wireSpan({ name: 'mine' })
    await post(mine)
    using live = await LiveClient.open(app.url)
    const end = marker()
    await post({ ...mine, trace_id: 'thief', name: 'stolen' }, end)
    const frames = await live.takeUntilSpan(end.span_id)
    expect(wordsOf(frames)).toEqual([`span ${mine.span_id}`, `span ${end.span_id}`])
    expect(frames[0]).toMatchObject({ span: { trace_id: mine.trace_id, name: 'mine' } })
  })

  test('tells of OTLP spans, but not of imports, deletes, tags, annotations and prompts', async () => {
    const span = wireSpan({ span_type: 'llm_call' })
    await post(span)
    const { body: file } = await app.client.exportTrace({ params: { trace_id: span.trace_id } })
    using live = await LiveClient.open(app.url)
    const params = { span_id: span.span_id }
    await app.client.putTags({ params: { trace_id: span.trace_id }, body: { tags: { a: 'b' } } })
    await app.client.putAnnotations({ params, body: { annotations: [] } })
    await app.client.createPromptVersion({ params, body: { prompt_text: 'x' } })
    await app.client.deleteTrace({ params: { trace_id: span.trace_id } })
    await sendJson(app.url, { path: '/v1/traces/import', value: file })
    const spans = [{ traceId: 'from otlp', spanId: crypto.randomUUID(), name: 'n' }]
    const value = { resourceSpans: [{ scopeSpans: [{ spans }] }] }
    await sendJson(app.url, { path: '/v1/otlp/traces', value })
    const frames = await live.until((all) => all.length >= 2)
    expect(wordsOf(frames)).toEqual([`span ${spans[0]!.spanId}`, 'trace from otlp'])
  })

  test('narrows to the traces that a client subscribes to, each span once', async () => {
    using live = await LiveClient.open(app.url)
    const [one, two, other] = [marker(), marker(), marker()]
    await live.tell(subscribe(one.trace_id))
    await live.tell(subscribe(two.trace_id))
    await live.tell(subscribe(one.trace_id))
    await post(other, one, two)
    const frames = await live.takeUntilSpan(two.span_id)
    expect(wordsOf(frames)).toEqual([`span ${one.span_id}`, `span ${two.span_id}`])
    const last = marker(one.trace_id)
    await post(other, last)
    expect(wordsOf(await live.takeUntilSpan(last.span_id))).toEqual([`span ${last.span_id}`])
  })

  test('returns a client to the global stream when it leaves one trace, others remaining', async () => {
    using live = await LiveClient.open(app.url)
    const [one, two, other] = [marker(), marker(), marker()]
    await live.tell(subscribe(one.trace_id))
    await live.tell(subscribe(two.trace_id))
    await live.tell(unsubscribe(one.trace_id))
    await post(other, one, two)
    await live.until((all) => all.length >= 6)
    expect(wordsOf(live.frames)).toEqual([
      ...[other, one, two].map((span) => `span ${span.span_id}`),
      ...[other, one, two].map((span) => `trace ${span.trace_id}`),
    ])
  })

  test('knows a trace that anybody subscribed to, and ignores leaving any other', async () => {
    using live = await LiveClient.open(app.url)
    using neighbour = await LiveClient.open(app.url)
    const [mine, theirs, other] = [marker(), marker(), marker()]
    await neighbour.tell(subscribe(theirs.trace_id))
    await live.tell(subscribe(mine.trace_id))
    await live.tell(unsubscribe(crypto.randomUUID()))
    await post(other, mine)
    expect(wordsOf(await live.takeUntilSpan(mine.span_id))).toEqual([`span ${mine.span_id}`])
    await live.tell(unsubscribe(theirs.trace_id))
    const next = marker()
    await post(next)
    expect(wordsOf(await live.takeUntilSpan(next.span_id))).toEqual([`span ${next.span_id}`])
  })

  test('ignores what it does not know, without an answer', async () => {
    using live = await LiveClient.open(app.url)
    for (const message of [
      {},
      { action: 'dance', trace_id: 't' },
      { action: 'subscribe_trace' },
      { action: 'subscribe_trace', trace_id: '' },
      { action: 'subscribe_trace', trace_id: null },
      { action: 'unsubscribe_trace', trace_id: '' },
      { action: 5, trace_id: 't' },
    ]) {
      await live.tell(message)
    }
    const span = marker()
    await post(span)
    expect(wordsOf(await live.takeUntilSpan(span.span_id))).toEqual([`span ${span.span_id}`])
  })

  test('answers what is no JSON object, and keeps the socket', async () => {
    using live = await LiveClient.open(app.url)
    for (const text of ['', 'hello', '{"action":', 'NaN']) {
      expect(await live.answerTo(text)).toEqual({ error: 'Invalid JSON' })
    }
    for (const text of [
      '[]',
      '5',
      'null',
      '"text"',
      '[{"action":"subscribe_trace","trace_id":"t"}]',
      '{"action":"subscribe_trace","trace_id":{"a":1}}',
      '{"action":"unsubscribe_trace","trace_id":["t"]}',
      Buffer.from('{"action":"subscribe_trace","trace_id":"t"}'),
    ]) {
      expect(await live.answerTo(text), String(text)).toEqual({ error: expect.any(String) })
    }
    live.frames.length = 0
    const span = marker()
    await post(span)
    expect(wordsOf(await live.takeUntilSpan(span.span_id))).toEqual([`span ${span.span_id}`])
  })

  test('ends a socket that sends more than 16 MiB at once', async () => {
    using live = await LiveClient.open(app.url)
    const closed = once(live.socket, 'close')
    live.socket.send('x'.repeat(16 * 1024 * 1024 + 1))
    const [code] = await closed
    expect(code).toBe(1009)
  })

  test('is unknown to a plain request', async () => {
    for (const method of ['GET', 'POST']) {
      const reply = await send(app.url, { method, path: '/ws/live' })
      expect(reply).toMatchObject({ status: 404, text: '{"detail":"Not Found"}' })
    }
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
    expect(await send(app.url, { path: '/ws/nothing', headers: upgrade })).toMatchObject({
      status: 404,
    })
  })

  test('keeps the order of storage while many post at once, and loses nothing', async () => {
    using live = await LiveClient.open(app.url)
    const traces = Array.from({ length: 20 }, () => wireTrace(crypto.randomUUID(), 25))
    await Promise.all(traces.map((spans) => post(...spans)))
    await live.until((frames) => frames.length >= 20 * 26)
    const words = wordsOf(live.frames)
    for (const spans of traces) {
      const ids = new Set(spans.map(({ span_id }) => `span ${span_id}`))
      const told = words.filter((word) => ids.has(word))
      expect(told).toEqual([...ids])
      const began = words.indexOf(`trace ${spans[0]!.trace_id}`)
      expect(began).toBeGreaterThan(words.lastIndexOf(told.at(-1)!))
    }
    expect(words).toHaveLength(20 * 26)
  })

  test('refuses a foreign page and a foreign host name', async () => {
    expect(await openingStatus(app.url, '', { origin: 'http://evil.example' })).toBe(401)
    expect(await openingStatus(app.url, '', { origin: 'null' })).toBe(401)
    expect(await openingStatus(app.url, '', { headers: { host: 'rebound.example' } })).toBe(401)
    using stock = await LiveClient.open(app.url, '', { origin: 'http://localhost:5173' })
    expect(await stock.answerTo('?')).toEqual({ error: 'Invalid JSON' })
  })
})
