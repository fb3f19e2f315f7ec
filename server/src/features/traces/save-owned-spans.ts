import type { Tx } from '../../platform/db/database.ts'
import type { SpansEvent } from './events.ts'
import { eventsOf } from './ingest-group.ts'
import { readKnownState, saveOwners, savePlan } from './ingest-store.ts'
import { planIngest, type IngestPlan } from './plan-ingest.ts'
import type { NewSpan } from './span.ts'
import type { TraceHead } from './trace-head.ts'

/** A span that another feature stores together with rows of its own. */
export interface OwnedSpan {
  readonly span: NewSpan
  /** Whose its trace is from now on, whoever began it. */
  readonly ownerKey: string | null
  /** What its trace is called while the span is the one that names it. */
  readonly traceName: string
  /** Unix seconds. */
  readonly receivedAt: number
}

export interface SavedSpans {
  /** For each span, false if its id belongs to another trace. */
  readonly accepted: readonly boolean[]
  readonly events: readonly SpansEvent[]
}

/**
 * Stores spans inside a transaction that a group of another feature runs; that group tells the
 * events. Of several spans of one trace the last decides over its owner.
 */
export async function saveOwnedSpans(tx: Tx, owned: readonly OwnedSpan[]): Promise<SavedSpans> {
  const owners = new Map(owned.map(({ span, ownerKey }) => [span.traceId, ownerKey]))
  const batches = owned.map(({ span, receivedAt }) => {
    const ownerKey = owners.get(span.traceId) ?? null
    return { spans: [span], receivedAt, ownerKey, announce: 'after' as const }
  })
  const known = await readKnownState(tx, batches)
  const changed = changedOwners(known.traces, owners)
  const traces = new Map(
    [...known.traces].map(([id, head]) => [id, { ...head, ownerKey: owners.get(id) ?? null }]),
  )
  const plan = withNames(planIngest(batches, { ...known, traces }), owned)
  await savePlan(tx, plan)
  await saveOwners(tx, changed)
  return {
    accepted: plan.reports.map(({ accepted }) => accepted === 1),
    events: eventsOf(plan),
  }
}

function changedOwners(
  traces: ReadonlyMap<string, TraceHead>,
  owners: ReadonlyMap<string, string | null>,
): Map<string, string | null> {
  return new Map(
    [...owners].filter(([id, owner]) => {
      const head = traces.get(id)
      return head !== undefined && head.ownerKey !== owner
    }),
  )
}

/** Spans name their trace after themselves; here the name was given beside them. */
function withNames(plan: IngestPlan, owned: readonly OwnedSpan[]): IngestPlan {
  const traces = new Map(plan.traces)
  for (const { span, traceName } of owned) {
    const head = traces.get(span.traceId)
    if (head?.nameSpanId === span.spanId) {
      traces.set(span.traceId, { ...head, name: traceName })
    }
  }
  return { ...plan, traces }
}
