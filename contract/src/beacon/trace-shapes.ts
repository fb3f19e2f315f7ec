/** What a trace looks like on the wire. Source: beacon contract §1.2, §1.3-10, §3, Appendix B. */
import { z } from 'zod'
import { SpanStatus, SpanType } from '../vocabulary.ts'
import { FloatIn, Id, intIn, JsonObject, StringMap, TimeIn } from './scalars.ts'
import { SpanImport, SpanResponse } from './spans.ts'

const summaryFields = {
  trace_id: z.string(),
  name: z.string(),
  start_time: z.number(),
  end_time: z.number().nullable(),
  duration_ms: z.number().nullable(),
  span_count: z.int(),
  status: SpanStatus,
  total_cost_usd: z.number(),
  total_tokens: z.int(),
  tags: StringMap,
  sdk_language: z.string().nullable(),
}

export const TraceSummary = z.object(summaryFields).meta({ id: 'TraceSummary' })
export type TraceSummary = z.infer<typeof TraceSummary>

/** Spans are ordered by start time, ties by insertion. */
export const TraceDetail = z
  .object({ ...summaryFields, spans: z.array(SpanResponse) })
  .meta({ id: 'TraceDetail' })
export type TraceDetail = z.infer<typeof TraceDetail>

export const TraceList = z
  .object({
    traces: z.array(TraceSummary),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'TraceList' })
export type TraceList = z.infer<typeof TraceList>

/** The header of an imported file. Counts, cost, tokens and status are worked out anew. */
export const TraceImportHead = z
  .object({
    trace_id: Id,
    name: z.string(),
    start_time: TimeIn,
    end_time: TimeIn.nullable(),
    duration_ms: FloatIn.nullable(),
    span_count: intIn(),
    status: SpanStatus,
    total_cost_usd: FloatIn,
    total_tokens: intIn(),
    tags: StringMap,
    sdk_language: z.string().nullable().optional(),
  })
  .meta({ id: 'TraceImportHead' })
export type TraceImportHead = z.infer<typeof TraceImportHead>

/** An absent version is `1`, an absent format is `beacon`; others are refused with 400. */
export const TraceImport = z
  .object({
    version: z.string().optional(),
    format: z.string().optional(),
    exported_at: TimeIn,
    trace: TraceImportHead,
    spans: z.array(SpanImport),
  })
  .meta({ id: 'TraceImport' })
export type TraceImport = z.infer<typeof TraceImport>

export const TraceExport = z
  .object({
    version: z.literal('1'),
    format: z.literal('beacon'),
    exported_at: z.number(),
    trace: TraceSummary,
    spans: z.array(SpanResponse),
  })
  .meta({ id: 'TraceExport' })
export type TraceExport = z.infer<typeof TraceExport>

export const TraceBundle = z
  .object({
    version: z.literal('1'),
    format: z.literal('beacon'),
    exported_at: z.number(),
    traces: z.array(TraceExport),
  })
  .meta({ id: 'TraceBundle' })
export type TraceBundle = z.infer<typeof TraceBundle>

export const GraphNode = z
  .object({
    id: z.string(),
    type: z.literal('spanNode'),
    position: z.object({ x: z.literal(0), y: z.literal(0) }),
    data: z.object({
      span_id: z.string(),
      span_type: SpanType,
      name: z.string(),
      status: SpanStatus,
      duration_ms: z.number().nullable(),
      cost_usd: z.number().nullable(),
      sequence: z.int().min(1),
      framework: z.string().nullable(),
    }),
  })
  .meta({ id: 'GraphNode' })
export type GraphNode = z.infer<typeof GraphNode>

export const GraphEdge = z
  .object({ id: z.string(), source: z.string(), target: z.string() })
  .meta({ id: 'GraphEdge' })
export type GraphEdge = z.infer<typeof GraphEdge>

/** Nodes come in sequence order; an edge may name a parent that is not in the trace (yet). */
export const TraceGraph = z
  .object({ nodes: z.array(GraphNode), edges: z.array(GraphEdge) })
  .meta({ id: 'TraceGraph' })
export type TraceGraph = z.infer<typeof TraceGraph>

/** OTLP/JSON of one trace. */
export const OtlpExport = z
  .object({ resourceSpans: z.array(JsonObject) })
  .meta({ id: 'OtlpExport' })
export type OtlpExport = z.infer<typeof OtlpExport>
