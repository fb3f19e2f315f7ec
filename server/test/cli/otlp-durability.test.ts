import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { makeHome, type RunningServer } from './pharos.ts'

const rounds = 20
const serverCount = 2
const tracesPerRound = 10
const spansPerTrace = 100
const spansPerBatch = 50
const batchesPerRound = (tracesPerRound * spansPerTrace) / spansPerBatch
const timeoutMs = 400_000

const Detail = z.object({
  span_count: z.number(),
  spans: z.array(z.object({ span_id: z.string() })),
})

/** The stock exporter, and what it has under way. */
class WatchedExporter implements SpanExporter {
  readonly #inner: SpanExporter
  readonly #waiting: { readonly count: number; resolve(): void }[] = []
  underWay = 0
  #begun = 0
  #done = 0

  constructor(url: string) {
    this.#inner = new OTLPTraceExporter({ url, timeoutMillis: 30_000 })
  }

  export: SpanExporter['export'] = (spans, tell) => {
    this.underWay += 1
    this.#begun += 1
    this.#inner.export(spans, (result) => {
      this.underWay -= 1
      this.#done += 1
      tell(result)
      this.#wake()
    })
    this.#wake()
  }

  /** Resolves when all batches have begun and so many are done. */
  done(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve })
      this.#wake()
    })
  }

  async shutdown(): Promise<void> {
    await this.#inner.shutdown()
  }

  #wake(): void {
    if (this.#begun < batchesPerRound) return
    for (const { count, resolve } of this.#waiting) if (this.#done >= count) resolve()
  }
}

/** Makes a round's spans; gives their ids by trace. */
function makeSpans(provider: BasicTracerProvider): Map<string, string[]> {
  const tracer = provider.getTracer('load')
  const made = new Map<string, string[]>()
  for (let index = 0; index < tracesPerRound; index += 1) {
    const root = tracer.startSpan('root', {}, ROOT_CONTEXT)
    const inRoot = trace.setSpan(ROOT_CONTEXT, root)
    const children = Array.from({ length: spansPerTrace - 1 }, (_, child) =>
      tracer.startSpan(`child ${child}`, { attributes: { text: 'x'.repeat(500) } }, inRoot),
    )
    const spans = [...children, root]
    for (const span of spans) span.end()
    made.set(
      root.spanContext().traceId,
      spans.map((span) => span.spanContext().spanId),
    )
  }
  return made
}

async function storedIn({ url }: RunningServer, traceId: string): Promise<string[]> {
  const reply = await fetch(`${url}/v1/traces/${traceId}`)
  expect(reply.status).toBe(200)
  const { span_count, spans } = Detail.parse(await reply.json())
  expect(span_count).toBe(spans.length)
  return spans.map(({ span_id }) => span_id)
}

async function expectStored(server: RunningServer, made: Map<string, string[]>): Promise<void> {
  for (const [traceId, spanIds] of made) {
    const stored = await storedIn(server, traceId)
    expect(stored.toSorted()).toEqual(spanIds.toSorted())
  }
}

/** What one server was sent through its kills: ids by trace, and the requests that had no answer. */
interface Sent {
  readonly all: Map<string, string[]>
  readonly lostRequests: number
}

async function killAgainAndAgain(times: number): Promise<Sent> {
  await using home = await makeHome()
  await using servers = new AsyncDisposableStack()
  let server = servers.use(await home.start())
  const { port } = new URL(server.url)
  const all = new Map<string, string[]>()
  let lostRequests = 0
  for (let round = 0; round < times; round += 1) {
    const exporter = new WatchedExporter(`${server.url}/v1/traces`)
    const processor = new BatchSpanProcessor(exporter, {
      maxQueueSize: 2 * tracesPerRound * spansPerTrace,
      maxExportBatchSize: spansPerBatch,
      exportTimeoutMillis: 60_000,
    })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const made = makeSpans(provider)
    // Sends all batches at once, and fails if one of them is not delivered in the end.
    const flushed = provider.forceFlush()
    await exporter.done(Math.floor(Math.random() * batchesPerRound * 0.8))
    lostRequests += exporter.underWay
    server.signal('SIGKILL')
    await server.ended
    server = servers.use(await home.start(['--port', port]))
    await flushed
    await provider.shutdown()
    await expectStored(server, made)
    for (const [traceId, spanIds] of made) all.set(traceId, spanIds)
  }
  await expectStored(server, all)
  return { all, lostRequests }
}

it(
  'a stock exporter delivers every span once through a kill -9 and a restart',
  async () => {
    // Most of a round the exporter waits before it tries again; meanwhile another server has its turn.
    const sent = await Promise.all(
      Array.from({ length: serverCount }, () => killAgainAndAgain(rounds / serverCount)),
    )
    const sum = (count: (one: Sent) => number) => sent.reduce((total, one) => total + count(one), 0)
    expect(sum(({ lostRequests }) => lostRequests)).toBeGreaterThanOrEqual(rounds)
    expect(sum(({ all }) => all.size)).toBe(rounds * tracesPerRound)
  },
  timeoutMs,
)
