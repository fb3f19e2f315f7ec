/** Routes over traces. Source: beacon contract §1.3, 7–16. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { SpanStatus } from '../vocabulary.ts'
import { ErrorReply, guarded, UnprocessableReply, ValidationReply, withBody } from './errors.ts'
import { FloatIn, Id, intIn, StringMap, TimeIn, wordIn } from './scalars.ts'
import {
  OtlpExport,
  TraceBundle,
  TraceDetail,
  TraceExport,
  TraceGraph,
  TraceImport,
  TraceList,
  TraceSummary,
} from './trace-shapes.ts'

export const exportFormats = ['json', 'otel', 'csv'] as const

export const csvMedia = 'text/csv; charset=utf-8'

export const TraceParams = z.object({ trace_id: Id })
export type TraceParams = z.infer<typeof TraceParams>

/** The first three are the frozen wire; the others are additions of ours, joined by "and". */
export const TraceListQuery = z.object({
  limit: intIn({ min: 1, max: 200, default: 50 }).optional(),
  offset: intIn({ min: 0, default: 0 }).optional(),
  status: SpanStatus.optional(),
  q: z.string().optional().meta({ description: 'Addition: part of the trace name' }),
  tag: z.string().optional().meta({
    description: 'Addition: `key:value`, split at the first colon',
  }),
  from: FloatIn.optional().meta({
    description: 'Addition: first seen at or after this time, Unix epoch seconds',
  }),
  to: FloatIn.optional().meta({
    description: 'Addition: first seen before this time, Unix epoch seconds',
  }),
  sdk_language: z.string().optional().meta({ description: 'Addition: exact SDK language' }),
  min_cost: FloatIn.optional().meta({ description: 'Addition: total cost at least, USD' }),
  max_cost: FloatIn.optional().meta({ description: 'Addition: total cost at most, USD' }),
})
export type TraceListQuery = z.infer<typeof TraceListQuery>

export const listTraces = defineRoute({
  method: 'GET',
  path: '/v1/traces',
  summary: 'List traces, the most recently first seen first',
  ref: 'beacon §1.1-7',
  access: 'traces:read',
  query: TraceListQuery,
  reply: { 200: TraceList, 422: ValidationReply, ...guarded },
})

/** `trace_ids` wins when both are given; neither is refused with 422 and a sentence. */
export const TraceDeletion = z
  .object({
    trace_ids: z.array(z.string()).nullable().optional(),
    older_than: TimeIn.nullable().optional(),
  })
  .meta({ id: 'TraceDeletion' })
export type TraceDeletion = z.infer<typeof TraceDeletion>

export const DeletionReply = z.object({ deleted_count: z.int() }).meta({ id: 'DeletionReply' })
export type DeletionReply = z.infer<typeof DeletionReply>

export const deleteTraces = defineRoute({
  method: 'DELETE',
  path: '/v1/traces',
  summary: 'Delete named traces, or all first seen before a time',
  ref: 'beacon §1.1-8',
  access: 'traces:write',
  body: TraceDeletion,
  reply: { 200: DeletionReply, ...guarded, ...withBody, 422: UnprocessableReply },
})

export const BulkExportQuery = z.object({
  format: wordIn(exportFormats, 'json').optional(),
  trace_ids: z.string().optional().meta({ description: 'Trace ids, separated by commas' }),
})
export type BulkExportQuery = z.infer<typeof BulkExportQuery>

export const exportTraces = defineRoute({
  method: 'GET',
  path: '/v1/traces/export',
  summary: 'Export several traces as one JSON document',
  ref: 'beacon §1.1-9',
  access: 'traces:read',
  query: BulkExportQuery,
  reply: { 200: TraceBundle, 400: ErrorReply, 422: UnprocessableReply, ...guarded },
})

export const ImportReply = z
  .object({ trace_id: z.string(), span_count: z.int() })
  .meta({ id: 'ImportReply' })
export type ImportReply = z.infer<typeof ImportReply>

export const importTrace = defineRoute({
  method: 'POST',
  path: '/v1/traces/import',
  summary: 'Import one exported trace, wholly or not at all',
  ref: 'beacon §1.1-10',
  access: 'traces:write',
  body: TraceImport,
  reply: { 200: ImportReply, 400: ErrorReply, 409: ErrorReply, ...guarded, ...withBody },
})

export const getBaselineTrace = defineRoute({
  method: 'GET',
  path: '/v1/traces/baseline',
  summary: 'Read the newest trace tagged baseline=true among the newest 100, or null',
  ref: 'beacon §1.1-11',
  access: 'traces:read',
  query: z.object({
    exclude: z.string().optional().meta({ description: 'A trace id to pass over' }),
  }),
  reply: { 200: TraceSummary.nullable(), 422: ValidationReply, ...guarded },
})

export const getTrace = defineRoute({
  method: 'GET',
  path: '/v1/traces/{trace_id}',
  summary: 'Read one trace with its spans',
  ref: 'beacon §1.1-12',
  access: 'traces:read',
  params: TraceParams,
  reply: { 200: TraceDetail, 404: ErrorReply, 422: ValidationReply, ...guarded },
})

export const deleteTrace = defineRoute({
  method: 'DELETE',
  path: '/v1/traces/{trace_id}',
  summary: 'Delete one trace with all that belongs to it',
  ref: 'beacon §1.1-13',
  access: 'traces:write',
  params: TraceParams,
  reply: { 200: DeletionReply, 404: ErrorReply, 422: ValidationReply, ...guarded },
})

export const getTraceGraph = defineRoute({
  method: 'GET',
  path: '/v1/traces/{trace_id}/graph',
  summary: 'Read a trace as nodes and edges',
  ref: 'beacon §1.1-14',
  access: 'traces:read',
  params: TraceParams,
  reply: { 200: TraceGraph, 404: ErrorReply, 422: ValidationReply, ...guarded },
})

export const TagsReply = z
  .object({ trace_id: z.string(), tags: StringMap })
  .meta({ id: 'TagsReply' })
export type TagsReply = z.infer<typeof TagsReply>

export const TagsInput = z.object({ tags: StringMap }).meta({ id: 'TagsInput' })
export type TagsInput = z.infer<typeof TagsInput>

export const putTags = defineRoute({
  method: 'PUT',
  path: '/v1/traces/{trace_id}/tags',
  summary: 'Replace all tags of a trace',
  ref: 'beacon §1.1-15',
  access: 'traces:write',
  params: TraceParams,
  body: TagsInput,
  reply: { 200: TagsReply, 404: ErrorReply, ...guarded, ...withBody },
})

export const exportTrace = defineRoute({
  method: 'GET',
  path: '/v1/traces/{trace_id}/export',
  summary: 'Export one trace as JSON, OTLP JSON or CSV',
  ref: 'beacon §1.1-16',
  access: 'traces:read',
  params: TraceParams,
  query: z.object({ format: wordIn(exportFormats, 'json').optional() }),
  reply: {
    200: { json: z.union([TraceExport, OtlpExport]), media: csvMedia },
    404: ErrorReply,
    422: ValidationReply,
    ...guarded,
  },
})
