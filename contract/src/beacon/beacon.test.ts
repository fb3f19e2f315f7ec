import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { RouteSpec } from '../route.ts'
import { ClientFrame, ServerFrame } from './live.ts'
import { beaconRoutes } from './routes.ts'
import { SpanBatch, SpanCreate } from './spans.ts'
import { TraceImport } from './trace-shapes.ts'
import { TraceDeletion, TraceListQuery } from './traces.ts'

const span = { span_id: 's', trace_id: 't', span_type: 'llm_call', name: 'n', start_time: 1 }

function pathsOf(schema: z.ZodType, value: unknown): string[] {
  return (schema.safeParse(value).error?.issues ?? []).map((issue) => issue.path.join('.'))
}

describe('a span as it is sent', () => {
  it('needs five keys and ignores keys it does not know', () => {
    expect(SpanCreate.parse({ ...span, extra: 1 })).toEqual(span)
    expect(pathsOf(SpanCreate, {})).toEqual([
      'span_id',
      'trace_id',
      'span_type',
      'name',
      'start_time',
    ])
  })

  it('may be null only where the contract says so', () => {
    const nullable = { parent_span_id: null, error_message: null, end_time: null }
    expect(pathsOf(SpanCreate, { ...span, ...nullable, sdk_language: null })).toEqual([])
    const strict = { ...span, status: null, attributes: null, name: null, start_time: null }
    expect(pathsOf(SpanCreate, strict)).toEqual(['name', 'status', 'start_time', 'attributes'])
  })

  it('keeps its attributes as the same object', () => {
    const attributes = { 'llm.model': 'm' }
    const batch = SpanBatch.parse({ spans: [{ ...span, attributes }] })
    expect(batch.spans[0]?.attributes).toBe(attributes)
  })

  it('does not turn numbers into text, nor accept another case of a type', () => {
    expect(pathsOf(SpanCreate, { ...span, span_id: 1, name: 2, span_type: 'LLM_CALL' })).toEqual([
      'span_id',
      'span_type',
      'name',
    ])
  })

  it('is found in its batch by index when it is wrong', () => {
    expect(pathsOf(SpanBatch, { spans: [span, { ...span, start_time: 'x' }] })).toEqual([
      'spans.1.start_time',
    ])
    expect(pathsOf(SpanBatch, { spans: [] })).toEqual([])
    expect(pathsOf(SpanBatch, {})).toEqual(['spans'])
  })
})

describe('an exported trace as it is sent back', () => {
  const trace = {
    trace_id: 't',
    name: 'n',
    start_time: 1,
    end_time: null,
    duration_ms: null,
    span_count: 1,
    status: 'ok',
    total_cost_usd: 0,
    total_tokens: 0,
    tags: {},
  }
  const stored = {
    ...span,
    parent_span_id: null,
    status: 'ok',
    error_message: null,
    end_time: null,
    duration_ms: null,
    attributes: {},
  }

  it('may lack version, format, annotations and language', () => {
    expect(pathsOf(TraceImport, { exported_at: 1, trace, spans: [stored] })).toEqual([])
  })

  it('must hold the nullable keys even when they are null', () => {
    const { end_time: _, ...openTrace } = trace
    const { parent_span_id: __, ...openSpan } = stored
    const file = { exported_at: 1, trace: openTrace, spans: [openSpan] }
    expect(pathsOf(TraceImport, file)).toEqual(['trace.end_time', 'spans.0.parent_span_id'])
  })
})

describe('queries and bodies of the trace routes', () => {
  it('refuse an empty status and a limit out of bounds', () => {
    expect(pathsOf(TraceListQuery, { limit: '201', offset: '-1', status: '' })).toEqual([
      'limit',
      'offset',
      'status',
    ])
    expect(pathsOf(TraceListQuery, { limit: '200', offset: '0', min_cost: '0.5' })).toEqual([])
  })

  it('let a deletion name traces, a time, or neither', () => {
    expect(pathsOf(TraceDeletion, { trace_ids: null, older_than: null })).toEqual([])
    expect(pathsOf(TraceDeletion, { trace_ids: [1], older_than: 'x' })).toEqual([
      'trace_ids.0',
      'older_than',
    ])
  })
})

describe('live frames', () => {
  it('are the six that the socket knows, gap and error included', () => {
    expect(ServerFrame.safeParse({ event: 'gap', missed: 3 }).success).toBe(true)
    expect(ServerFrame.safeParse({ error: 'Invalid JSON' }).success).toBe(true)
    expect(ServerFrame.safeParse({ event: 'gap', missed: 0 }).success).toBe(false)
    expect(ClientFrame.safeParse({ action: 'subscribe_trace', trace_id: 't' }).success).toBe(true)
    expect(ClientFrame.safeParse({ action: 'subscribe_trace', trace_id: '' }).success).toBe(false)
  })
})

describe('the route table', () => {
  const routes: Array<[string, RouteSpec]> = Object.entries(beaconRoutes)

  it('holds each route of the contract once', () => {
    const rows = routes.flatMap(([, { ref }]) =>
      ref === undefined ? [] : [Number(ref.replace('beacon §1.1-', ''))],
    )
    const expected = Array.from({ length: 38 }, (_, index) => index + 1)
    expect(rows.toSorted((a, b) => a - b)).toEqual(expected)
    const places = routes.map(([, { method, path }]) => `${method} ${path}`)
    expect(new Set(places).size).toBe(routes.length)
  })

  it('declares a parameter for each brace in a path', () => {
    const declared = routes.map(([, { params }]) => Object.keys(params?.shape ?? {}))
    const inPaths = routes.map(([, { path }]) =>
      [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
    )
    expect(declared).toEqual(inPaths)
  })

  it('names a 422 wherever there is something to check, and 401 and 403 unless public', () => {
    const named = routes.map(([name, { reply }]) => ({
      name,
      statuses: [401, 403, 422].filter((status) => status in reply),
    }))
    const expected = routes.map(([name, { access, params, query, body }]) => ({
      name,
      statuses: [
        ...(access === 'public' ? [] : [401, 403]),
        ...((params ?? query ?? body) === undefined ? [] : [422]),
      ],
    }))
    expect(named).toEqual(expected)
  })

  it('lets readers only read', () => {
    const readers = routes.filter(([, { access }]) => access === 'traces:read')
    expect(new Set(readers.map(([, { method }]) => method))).toEqual(new Set(['GET']))
  })

  it('types the body of a route by its schema', () => {
    type Sent = z.output<typeof beaconRoutes.ingestSpans.body>['spans'][number]
    expectTypeOf<Sent>().toEqualTypeOf<SpanCreate>()
    expectTypeOf<SpanCreate['start_time']>().toEqualTypeOf<number | string | boolean>()
    expectTypeOf<SpanCreate['attributes']>().toEqualTypeOf<Record<string, unknown> | undefined>()
  })
})
