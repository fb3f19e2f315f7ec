import { deserialize } from 'node:v8'
import { defineGroup } from '../../platform/db/database.ts'
import { readKnownState, savePlan } from './ingest-store.ts'
import { spansTopic, type SpansEvent, type ToldSpan, type ToldTrace } from './events.ts'
import {
  planIngest,
  statusOf,
  type BatchReport,
  type IngestBatch,
  type IngestPlan,
} from './plan-ingest.ts'
import type { NewSpan } from './span.ts'

/** Spans of one request; many of them come packed, as `node:v8` serialised them off the main thread. */
export interface IngestInput extends Omit<IngestBatch, 'spans'> {
  readonly spans: readonly NewSpan[] | Uint8Array
}

export interface IngestReport {
  readonly accepted: number
  readonly rejected: number
}

/** Past this many bytes an event carries no rows; whoever listens loads them. */
const maxToldBytes = 8 * 1024 * 1024

export const ingestGroup = defineGroup<IngestInput, IngestReport>({
  module: import.meta.url,
  name: 'ingestGroup',
  async run(tx, inputs) {
    const batches = inputs.map((input): IngestBatch => ({ ...input, spans: unpack(input.spans) }))
    const plan = planIngest(batches, await readKnownState(tx, batches))
    await savePlan(tx, plan)
    return {
      replies: plan.reports.map(({ accepted, rejected }) => ({ accepted, rejected })),
      events: eventsOf(plan),
    }
  },
})

function unpack(spans: IngestInput['spans']): readonly NewSpan[] {
  if (!(spans instanceof Uint8Array)) return spans
  const unpacked: unknown = deserialize(spans)
  // Packed by `packSpans` in this process.
  return unpacked as NewSpan[]
}

function eventsOf(plan: IngestPlan): SpansEvent[] {
  const toldFor = (report: BatchReport): string[] =>
    report.told.filter((spanId) => plan.spans.has(spanId))
  const spanIds = plan.reports.flatMap(toldFor)
  if (spanIds.length === 0) return []
  const body = { spanIds, newTraceIds: plan.newTraces }
  const spans = spanIds.flatMap((id): ToldSpan[] => {
    const span = plan.spans.get(id)
    if (!span) return []
    return [{ ...span, ownerKey: plan.traces.get(span.traceId)?.ownerKey ?? null }]
  })
  const size = spans.reduce((sum, { attributesJson }) => sum + attributesJson.length, 0)
  if (size > maxToldBytes) return [{ topic: spansTopic, body }]
  return [{ topic: spansTopic, body, local: { spans, newTraces: toldTraces(plan) } }]
}

function toldTraces(plan: IngestPlan): ToldTrace[] {
  return plan.newTraces.flatMap((id): ToldTrace[] => {
    const head = plan.traces.get(id)
    if (!head) return []
    const { traceId, name, startTime, endTime, spanCount, totalTokens } = head
    const { sdkLanguage, ownerKey, createdAt } = head
    const totals = { spanCount, status: statusOf(head), totalCostUsd: head.cost.sum, totalTokens }
    const who = { sdkLanguage, ownerKey, createdAt, tags: {} }
    return [{ traceId, name, startTime, endTime, ...totals, ...who }]
  })
}
