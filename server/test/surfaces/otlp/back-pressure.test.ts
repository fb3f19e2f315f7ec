import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { saveSamples } from '../../support/sample-groups.ts'

const mebibyte = 1024 * 1024

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

/** Holds the one writer, with so much waiting behind it, until it is let go. */
async function congest(waitingBytes: number) {
  const { db } = app.app.context
  const { promise: isHeld, resolve: held } = Promise.withResolvers<void>()
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>()
  const writing = db.write(async () => {
    held()
    await release
  })
  await isHeld
  // Two groups are under way at once; only what comes after them waits.
  const sizes = [mebibyte, mebibyte, waitingBytes]
  const queued = sizes.map((size, index) =>
    db.enqueue(saveSamples, { key: `${waitingBytes}-${index}` }, size),
  )
  expect(db.waitingBytes).toBe(waitingBytes)
  return {
    async end() {
      letGo()
      await Promise.all([writing, ...queued])
    },
  }
}

function post(body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${app.url}/v1/traces`, { method: 'POST', headers, body })
}

test('with more than 64 MiB queued, requests are refused at once and may come again', async () => {
  const congestion = await congest(64 * mebibyte + 1)
  const reply = await post('{"resourceSpans":[]}')
  expect(reply.status).toBe(503)
  expect(reply.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
  expect(await reply.json()).toEqual({ code: 14, message: 'Too much is waiting to be written' })
  await congestion.end()
  expect((await post('{}')).status).toBe(200)
})

test('up to 64 MiB queued, requests are taken', async () => {
  const congestion = await congest(64 * mebibyte)
  expect((await post('{}')).status).toBe(200)
  await congestion.end()
})

/** How many requests the server says that it refused as too many. */
async function refusals(): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const [, count] =
    /^pharos_http_request_duration_seconds_count\{surface="otlp".*status="503".*\} (\d+)$/m.exec(
      text,
    ) ?? []
  return Number(count ?? 0)
}

test('a stock exporter that was refused delivers later, and everything once', async () => {
  const before = await refusals()
  const congestion = await congest(65 * mebibyte)
  const exporter = new OTLPTraceExporter({ url: `${app.url}/v1/traces` })
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  const span = provider.getTracer('test').startSpan('late')
  span.end()
  const flushed = provider.forceFlush()
  await vi.waitFor(async () => expect(await refusals()).toBeGreaterThan(before), 5_000)
  await congestion.end()
  await flushed
  const { traceId: trace_id } = span.spanContext()
  const { body } = await app.client.getTrace({ params: { trace_id } })
  expect(body.spans.map(({ name }) => name)).toEqual(['late'])
  await provider.shutdown()
})
