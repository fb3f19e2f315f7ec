import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type HrTime,
  type Link,
} from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'

type Compression = 'none' | 'gzip'

const exporters: Readonly<Record<string, (url: string, compression: Compression) => SpanExporter>> =
  {
    'exporter-trace-otlp-http': (url, compression) =>
      new JsonExporter({ url, compression: compression as never }),
    'exporter-trace-otlp-proto': (url, compression) =>
      new ProtobufExporter({ url, compression: compression as never }),
  }

const cases = Object.keys(exporters).flatMap((name) =>
  (['none', 'gzip'] as const).map((compression) => ({ name, compression })),
)

/** A small story told by the stock SDK; gives the spans as the SDK itself has them. */
async function tell(exporter: SpanExporter): Promise<ReadableSpan[]> {
  const kept = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'shop',
      'telemetry.sdk.language': 'nodejs',
    }),
    spanProcessors: [new SimpleSpanProcessor(kept), new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('story', '1.2.3')
  const root = tracer.startSpan('répondre 日本 \u{1f600}', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  const link: Link = { context: root.spanContext(), attributes: { why: 'because' } }
  const inRoot = trace.setSpan(ROOT_CONTEXT, root)
  const child = tracer.startSpan('ask', { kind: SpanKind.CLIENT, links: [link] }, inRoot)
  child.setAttributes({
    text: 'a "quoted" text',
    empty: '',
    whole: 42,
    negative: -7,
    large: 2 ** 53 - 1,
    half: 0.5,
    tiny: 1e-9,
    yes: true,
    no: false,
    texts: ['a', 'b'],
    numbers: [1, 2.5],
    none: [],
  })
  child.addEvent('first token', { index: 0 })
  child.recordException(new Error('it broke'))
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' })
  child.end()
  root.setStatus({ code: SpanStatusCode.OK })
  root.end()
  await provider.forceFlush()
  const spans = [...kept.getFinishedSpans()]
  await provider.shutdown()
  return spans
}

function secondsOf([seconds, nanos]: HrTime): number {
  return Number(`${seconds}.${String(nanos).padStart(9, '0')}`)
}

const kinds = [undefined, 'server', 'client', 'producer', 'consumer'] as const
const statuses = ['unset', 'ok', 'error'] as const

/** What we must have of a span that the SDK sent. */
function expectedOf(span: ReadableSpan): Record<string, unknown> {
  const { spanId, traceId } = span.spanContext()
  const kind = kinds[span.kind]
  const events = span.events.map(({ name, time, attributes = {} }) => ({
    name,
    time: secondsOf(time),
    attributes,
  }))
  const links = span.links.map(({ context, attributes = {} }) => ({
    trace_id: context.traceId,
    span_id: context.spanId,
    attributes,
  }))
  return {
    span_id: spanId,
    trace_id: traceId,
    parent_span_id: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    status: statuses[span.status.code],
    error_message: span.status.message ?? null,
    start_time: secondsOf(span.startTime),
    end_time: secondsOf(span.endTime),
    sdk_language: 'javascript',
    attributes: {
      ...span.attributes,
      ...Object.fromEntries(
        Object.entries(span.resource.attributes).map(([key, value]) => [
          `otel.resource.${key}`,
          value,
        ]),
      ),
      'otel.scope.name': 'story',
      'otel.scope.version': '1.2.3',
      ...(kind === undefined ? {} : { 'otel.kind': kind }),
      ...(events.length === 0 ? {} : { 'otel.events': events }),
      ...(links.length === 0 ? {} : { 'otel.links': links }),
    },
  }
}

describe.each(['sqlite', 'postgres'] as const)('Stock exporters [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  test.each(cases)('$name delivers ($compression)', async ({ name, compression }) => {
    const exporter = exporters[name]!(`${app.url}/v1/traces`, compression)
    const sent = await tell(exporter)
    expect(sent).toHaveLength(2)
    for (const span of sent) {
      const { spanId: span_id } = span.spanContext()
      const { body } = await app.client.getSpan({ params: { span_id } })
      expect(body).toMatchObject(expectedOf(span))
      expect(body.attributes).toEqual(expectedOf(span)['attributes'])
    }
  })

  test.each(Object.keys(exporters))('%s understands what was rejected', async (name) => {
    const exporter = exporters[name]!(`${app.url}/v1/traces`, 'none')
    const [span] = await tell(exporter)
    // The same span under another trace id is somebody else's.
    const traceId = 'ab'.repeat(16)
    const stranger = { ...span!, spanContext: () => ({ ...span!.spanContext(), traceId }) }
    const warnings = await warningsDuring(async () => {
      const { promise, resolve } = Promise.withResolvers<ExportResult>()
      exporters[name]!(`${app.url}/v1/traces`, 'none').export([stranger], resolve)
      expect(await promise).toEqual({ code: 0 })
    })
    expect(warnings.join()).toContain('span id of another trace')
    expect(warnings.join()).toMatch(/"rejectedSpans":"?1\b/)
    expect((await fetch(`${app.url}/v1/traces/${traceId}`)).status).toBe(404)
  })
})

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0]

/** What the SDK tells the operator of the traced program meanwhile. */
async function warningsDuring(work: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = []
  const ignore = (): void => undefined
  const warn = (...words: unknown[]): void => {
    warnings.push(words.map(String).join(' '))
  }
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  try {
    await work()
  } finally {
    diag.disable()
  }
  return warnings
}
