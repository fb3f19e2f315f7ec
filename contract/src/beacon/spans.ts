/** Spans, their annotations and saved prompts. Source: beacon contract §1.2 and §1.3, 2–6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { SpanStatus, SpanType } from '../vocabulary.ts'
import { ErrorReply, guarded, ValidationReply, withBody } from './errors.ts'
import { FloatIn, Id, JsonObject, TimeIn } from './scalars.ts'

export const Annotation = z
  .object({ id: z.string(), text: z.string(), created_at: z.number() })
  .meta({ id: 'Annotation' })
export type Annotation = z.infer<typeof Annotation>

/** An annotation as a client sends it: the time may be any accepted float. */
export const AnnotationIn = z
  .object({ id: Id, text: z.string(), created_at: TimeIn })
  .meta({ id: 'AnnotationIn' })
export type AnnotationIn = z.infer<typeof AnnotationIn>

export const SpanResponse = z
  .object({
    span_id: z.string(),
    trace_id: z.string(),
    parent_span_id: z.string().nullable(),
    span_type: SpanType,
    name: z.string(),
    status: SpanStatus,
    error_message: z.string().nullable(),
    start_time: z.number(),
    end_time: z.number().nullable(),
    duration_ms: z.number().nullable(),
    attributes: JsonObject,
    annotations: z.array(Annotation),
    sdk_language: z.string().nullable(),
  })
  .meta({ id: 'SpanResponse' })
export type SpanResponse = z.infer<typeof SpanResponse>

/** One span as the SDKs send it. An absent status is `unset`, absent attributes are `{}`. */
export const SpanCreate = z
  .object({
    span_id: Id,
    trace_id: Id,
    parent_span_id: Id.nullable().optional(),
    span_type: SpanType,
    name: z.string(),
    status: SpanStatus.optional(),
    error_message: z.string().nullable().optional(),
    start_time: TimeIn,
    end_time: TimeIn.nullable().optional(),
    attributes: JsonObject.optional(),
    sdk_language: z.string().nullable().optional(),
  })
  .meta({ id: 'SpanCreate' })
export type SpanCreate = z.infer<typeof SpanCreate>

export const SpanBatch = z.object({ spans: z.array(SpanCreate) }).meta({ id: 'SpanBatch' })
export type SpanBatch = z.infer<typeof SpanBatch>

/** A span as an exported file holds it. Its own trace_id and duration are not used on import. */
export const SpanImport = z
  .object({
    span_id: Id,
    trace_id: z.string(),
    parent_span_id: Id.nullable(),
    span_type: SpanType,
    name: z.string(),
    status: SpanStatus,
    error_message: z.string().nullable(),
    start_time: TimeIn,
    end_time: TimeIn.nullable(),
    duration_ms: FloatIn.nullable(),
    attributes: JsonObject,
    annotations: z.array(AnnotationIn).optional(),
    sdk_language: z.string().nullable().optional(),
  })
  .meta({ id: 'SpanImport' })
export type SpanImport = z.infer<typeof SpanImport>

export const IngestReport = z
  .object({ accepted: z.int(), rejected: z.int() })
  .meta({ id: 'IngestReport' })
export type IngestReport = z.infer<typeof IngestReport>

export const PromptVersion = z
  .object({
    version_id: z.string(),
    span_id: z.string(),
    prompt_text: z.string(),
    label: z.string().nullable(),
    created_at: z.number(),
  })
  .meta({ id: 'PromptVersion' })
export type PromptVersion = z.infer<typeof PromptVersion>

export const SpanParams = z.object({ span_id: Id })
export type SpanParams = z.infer<typeof SpanParams>

export const ingestSpans = defineRoute({
  method: 'POST',
  path: '/v1/spans',
  summary: 'Store a batch of spans; all are checked before any is stored',
  ref: 'beacon §1.1-2',
  access: 'ingest',
  body: SpanBatch,
  reply: { 200: IngestReport, ...guarded, ...withBody },
})

export const getSpan = defineRoute({
  method: 'GET',
  path: '/v1/spans/{span_id}',
  summary: 'Read one span',
  ref: 'beacon §1.1-3',
  access: 'traces:read',
  params: SpanParams,
  reply: { 200: SpanResponse, 404: ErrorReply, 422: ValidationReply, ...guarded },
})

export const AnnotationsReply = z
  .object({ span_id: z.string(), annotations: z.array(Annotation) })
  .meta({ id: 'AnnotationsReply' })
export type AnnotationsReply = z.infer<typeof AnnotationsReply>

export const AnnotationsInput = z
  .object({ annotations: z.array(AnnotationIn) })
  .meta({ id: 'AnnotationsInput' })
export type AnnotationsInput = z.infer<typeof AnnotationsInput>

export const putAnnotations = defineRoute({
  method: 'PUT',
  path: '/v1/spans/{span_id}/annotations',
  summary: 'Replace all annotations of a span',
  ref: 'beacon §1.1-4',
  access: 'traces:write',
  params: SpanParams,
  body: AnnotationsInput,
  reply: { 200: AnnotationsReply, 404: ErrorReply, ...guarded, ...withBody },
})

export const PromptVersionList = z
  .object({ versions: z.array(PromptVersion) })
  .meta({ id: 'PromptVersionList' })
export type PromptVersionList = z.infer<typeof PromptVersionList>

export const listPromptVersions = defineRoute({
  method: 'GET',
  path: '/v1/spans/{span_id}/prompt-versions',
  summary: 'List the saved prompts of a span, newest first',
  ref: 'beacon §1.1-5',
  access: 'traces:read',
  params: SpanParams,
  reply: {
    200: PromptVersionList,
    404: ErrorReply,
    422: ValidationReply,
    ...guarded,
  },
})

export const PromptVersionCreate = z
  .object({ prompt_text: z.string(), label: z.string().nullable().optional() })
  .meta({ id: 'PromptVersionCreate' })
export type PromptVersionCreate = z.infer<typeof PromptVersionCreate>

export const createPromptVersion = defineRoute({
  method: 'POST',
  path: '/v1/spans/{span_id}/prompt-versions',
  summary: 'Save a prompt for an llm_call span',
  ref: 'beacon §1.1-6',
  access: 'traces:write',
  params: SpanParams,
  body: PromptVersionCreate,
  reply: { 201: PromptVersion, 400: ErrorReply, 404: ErrorReply, ...guarded, ...withBody },
})
