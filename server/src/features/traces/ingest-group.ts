import { deserialize } from 'node:v8'
import { defineGroup, type GroupOutcome, type Tx } from '../../platform/db/database.ts'
import { readKnownState, savePlan } from './ingest-store.ts'
import {
  spansTopic,
  type Announce,
  type SpansEvent,
  type ToldSpan,
  type ToldTrace,
} from './events.ts'
import { planIngest, type IngestBatch, type IngestPlan } from './plan-ingest.ts'
import { noteRunning } from './running-store.ts'
import type { NewSpan } from './span.ts'
import { payloadSizeOf, statusOf } from './trace-head.ts'

/** Spans of one request; many of them come packed, as `node:v8` serialised them off the main thread. */
export interface IngestInput extends Omit<IngestBatch, 'spans'> {
  readonly spans: readonly NewSpan[] | Uint8Array
  /** The process whose own work the spans are. */
  readonly runningIn: string | null
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
  run: async (tx, inputs) => outcomeOf(await storeSpans(tx, inputs)),
})

/** Plans and saves the spans of several requests in an open transaction. */
export async function storeSpans(tx: Tx, inputs: readonly IngestInput[]): Promise<IngestPlan> {
  const batches = inputs.map((input) => ({ ...input, spans: unpack(input.spans) }))
  const plan = planIngest(batches, await readKnownState(tx, batches))
  await savePlan(tx, plan)
  await noteRunning(tx, batches, plan)
  return plan
}

/** What each request is told of a plan that is saved, and what everybody is. */
export function outcomeOf(plan: IngestPlan): GroupOutcome<IngestReport> {
  return {
    replies: plan.reports.map(({ accepted, rejected }) => ({ accepted, rejected })),
    events: eventsOf(plan),
  }
}

function unpack(spans: IngestInput['spans']): readonly NewSpan[] {
  if (!(spans instanceof Uint8Array)) return spans
  const unpacked: unknown = deserialize(spans)
  // Packed by `packSpans` in this process.
  return unpacked as NewSpan[]
}

/** What is told of a plan once it is saved. */
export function eventsOf(plan: IngestPlan): SpansEvent[] {
  const isStored = (spanId: string): boolean => plan.spans.has(spanId)
  const spanIds = plan.reports.flatMap(({ told }) => told.filter(isStored))
  const body = {
    spanIds,
    newTraceIds: announcedTraces(plan, 'after'),
    openedTraceIds: announcedTraces(plan, 'first'),
    isUnsettled: isLeftUnsettled(plan),
  }
  if (spanIds.length === 0 && !body.isUnsettled) return []
  const spans = spanIds.flatMap((id): ToldSpan[] => {
    const span = plan.spans.get(id)
    if (!span) return []
    return [{ ...span, ownerKey: plan.traces.get(span.traceId)?.ownerKey ?? null }]
  })
  const size = spans.reduce((sum, span) => sum + payloadSizeOf(span), 0)
  if (size > maxToldBytes) return [{ topic: spansTopic, body }]
  const newTraces = toldTraces(plan, body.newTraceIds)
  const openedTraces = toldTraces(plan, body.openedTraceIds)
  return [{ topic: spansTopic, body, local: { spans, newTraces, openedTraces } }]
}

function announcedTraces({ announcements }: IngestPlan, when: Announce): string[] {
  return [...announcements].filter(([, announce]) => announce === when).map(([id]) => id)
}

function isLeftUnsettled({ newTraces, changedTraces, traces }: IngestPlan): boolean {
  return [newTraces, changedTraces].flat().some((id) => traces.get(id)?.isUnsettled === true)
}

function toldTraces({ traces }: IngestPlan, traceIds: readonly string[]): ToldTrace[] {
  return traceIds.flatMap((id): ToldTrace[] => {
    const head = traces.get(id)
    if (!head) return []
    const { traceId, name, startTime, endTime, spanCount, totalTokens } = head
    const { sdkLanguage, ownerKey, createdAt } = head
    const totals = { spanCount, status: statusOf(head), totalCostUsd: head.cost.sum, totalTokens }
    const who = { sdkLanguage, ownerKey, createdAt, tags: {} }
    return [{ traceId, name, startTime, endTime, ...totals, ...who }]
  })
}
