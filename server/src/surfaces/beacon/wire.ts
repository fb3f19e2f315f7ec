/** Beacon's shapes from and to the domain's. Pure. Source: beacon contract §1.2, §1.3, §3. */
import { floatOf } from '@pharos/contract/beacon/scalars.ts'
import type { OtlpReport } from '@pharos/contract/beacon/otlp.ts'
import type {
  Annotation as WireAnnotation,
  AnnotationIn,
  PromptVersion as WirePromptVersion,
  SpanCreate,
} from '@pharos/contract/beacon/spans.ts'
import type { TraceGraph, TraceSummary } from '@pharos/contract/beacon/trace-shapes.ts'
import {
  durationMs,
  newSpan,
  shownAttributes,
  type Annotation,
  type Graph,
  type IngestReport,
  type NewSpan,
  type PromptVersion,
  type SpanRecord,
  type ToldTrace,
} from '../../features/traces/index.ts'

export function fromSpanCreate(span: SpanCreate): NewSpan {
  return newSpan({
    spanId: span.span_id,
    traceId: span.trace_id,
    parentSpanId: span.parent_span_id ?? null,
    spanType: span.span_type,
    name: span.name,
    status: span.status ?? 'unset',
    errorMessage: span.error_message ?? null,
    startTime: floatOf(span.start_time),
    endTime: toTime(span.end_time),
    sdkLanguage: span.sdk_language ?? null,
    attributes: span.attributes ?? {},
  })
}

export function toTime(value: number | string | boolean | null | undefined): number | null {
  return value === null || value === undefined ? null : floatOf(value)
}

export function fromAnnotation(annotation: AnnotationIn): Annotation {
  const { id, text, created_at: createdAt } = annotation
  return { id, text, createdAt: floatOf(createdAt) }
}

export function toAnnotation({ id, text, createdAt }: Annotation): WireAnnotation {
  return { id, text, created_at: createdAt }
}

/** The report of a batch whose mapping left some spans out, in both vocabularies. */
export function toOtlpReport(
  report: IngestReport,
  unmapped: number,
  reasons: readonly string[],
): OtlpReport {
  const rejected = report.rejected + unmapped
  if (rejected === 0) return { accepted: report.accepted, rejected }
  const errorMessage = [...reasons, ...(report.rejected > 0 ? ['span id of another trace'] : [])]
  return {
    accepted: report.accepted,
    rejected,
    partialSuccess: {
      rejectedSpans: String(rejected),
      errorMessage: errorMessage.slice(0, 10).join('; '),
    },
  }
}

/** SpanResponse as JSON text; attributes and annotations are stored as they are given out. */
export function spanToJson(span: SpanRecord): string {
  const json = JSON.stringify
  return (
    `{"span_id":${json(span.spanId)},"trace_id":${json(span.traceId)},` +
    `"parent_span_id":${json(span.parentSpanId)},"span_type":"${span.spanType}",` +
    `"name":${json(span.name)},"status":"${span.status}",` +
    `"error_message":${json(span.errorMessage)},"start_time":${span.startTime},` +
    `"end_time":${span.endTime},"duration_ms":${json(durationMs(span.startTime, span.endTime))},` +
    `"attributes":${shownAttributes(span)},"annotations":${span.annotationsJson},` +
    `"sdk_language":${json(span.sdkLanguage)}}`
  )
}

export function toTraceSummary(trace: ToldTrace): TraceSummary {
  return {
    trace_id: trace.traceId,
    name: trace.name,
    start_time: trace.startTime,
    end_time: trace.endTime,
    duration_ms: durationMs(trace.startTime, trace.endTime),
    span_count: trace.spanCount,
    status: trace.status,
    total_cost_usd: trace.totalCostUsd,
    total_tokens: trace.totalTokens,
    tags: trace.tags,
    sdk_language: trace.sdkLanguage,
  }
}

export function toGraphReply({ nodes, edges }: Graph): TraceGraph {
  return {
    nodes: nodes.map((node) => ({
      id: node.spanId,
      type: 'spanNode',
      position: { x: 0, y: 0 },
      data: {
        span_id: node.spanId,
        span_type: node.spanType,
        name: node.name,
        status: node.status,
        duration_ms: node.durationMs,
        cost_usd: node.costUsd,
        sequence: node.sequence,
        framework: node.framework,
      },
    })),
    edges: edges.map(({ parentSpanId, childSpanId }) => ({
      id: `edge-${parentSpanId}-${childSpanId}`,
      source: parentSpanId,
      target: childSpanId,
    })),
  }
}

export function toPromptVersion(version: PromptVersion): WirePromptVersion {
  return {
    version_id: version.versionId,
    span_id: version.spanId,
    prompt_text: version.promptText,
    label: version.label,
    created_at: version.createdAt,
  }
}
