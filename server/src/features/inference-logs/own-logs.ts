import { defineGroup, type Tx } from '../../platform/db/database.ts'
import {
  findSpans,
  findTraces,
  outcomeOf,
  storeSpans,
  type IngestReport,
  type Span,
  type SpansInput,
} from '../traces/index.ts'
import { newLogTopic, type NewLogEvent } from './events.ts'
import { countDiscussions, lockLogs } from './ingest-store.ts'
import { logOfSpan } from './log-of-span.ts'
import type { InferenceLog } from './log.ts'
import { insertOwnLogs, updateOwnLogs } from './own-log-store.ts'

/** Past this many characters an event carries no row; whoever listens loads it. */
const maxToldLength = 64 * 1024

/**
 * Stores spans that this server makes itself; each model call among them becomes a log of its own,
 * in the same transaction and with the span's id. It is told once it has ended. Source: rulings §9.
 */
export const ownSpansGroup = defineGroup<SpansInput, IngestReport>({
  module: import.meta.url,
  name: 'ownSpansGroup',
  survives: 'process-crash',
  gathersMs: 2,
  async run(tx, inputs) {
    const plan = await storeSpans(tx, inputs)
    const { replies, events } = outcomeOf(plan)
    const calls = inputs.flatMap(({ spans }) => {
      const given = spans instanceof Uint8Array ? [] : spans
      return given.filter(({ spanType }) => spanType === 'llm_call').map(({ spanId }) => spanId)
    })
    const stored = [...new Set(calls)].flatMap((id): OwnCall[] => {
      const span = plan.spans.get(id)
      if (span?.spanType !== 'llm_call') return []
      return [{ span, ownerKey: plan.traces.get(span.traceId)?.ownerKey ?? null }]
    })
    return { replies, events: [...events, ...(await saveCalls(tx, stored))] }
  },
})

/** A model call as its span is stored now, and whose it is. */
interface OwnCall {
  readonly span: Omit<Span, 'seq'>
  readonly ownerKey: string | null
}

/** Logs of the calls as their spans are stored now; gives what is to be told. */
export async function saveOwnLogs(tx: Tx, spanIds: readonly string[]): Promise<NewLogEvent[]> {
  if (spanIds.length === 0) return []
  const spans = (await findSpans(tx, spanIds)).filter(({ spanType }) => spanType === 'llm_call')
  const owners = await ownersOf(tx, spans)
  const ownerOf = ({ traceId }: Span): string | null => owners.get(traceId) ?? null
  return saveCalls(
    tx,
    spans.map((span) => ({ span, ownerKey: ownerOf(span) })),
  )
}

async function saveCalls(tx: Tx, calls: readonly OwnCall[]): Promise<NewLogEvent[]> {
  if (calls.length === 0) return []
  const ids = calls.map(({ span }) => span.spanId)
  const known = new Map((await lockLogs(tx, ids)).map((log) => [log.requestId, log]))
  const added: Omit<InferenceLog, 'seq'>[] = []
  const changed: InferenceLog[] = []
  for (const { span, ownerKey } of calls) {
    const log = logOfSpan(span, ownerKey)
    const before = known.get(span.spanId)
    if (before === undefined) added.push(log)
    // An engine may have used the same id for a request of its own, which then is the log.
    else if (before.spanId === span.spanId) changed.push(again(before, log))
  }
  const inserted = await insertOwnLogs(tx, added)
  await updateOwnLogs(tx, changed)
  const ended = [...inserted, ...changed].filter(
    (log) => log.status !== 'unset' && known.get(log.requestId)?.status !== log.status,
  )
  // Nobody can have spoken of what was not there.
  const spokenOf = ended.filter(({ requestId }) => known.has(requestId))
  const discussions = await countDiscussions(
    tx,
    spokenOf.map(({ requestId }) => requestId),
  )
  return ended.map((log) => newLogEvent(log, discussions.get(log.requestId) ?? 0))
}

async function ownersOf(tx: Tx, spans: readonly Span[]): Promise<Map<string, string | null>> {
  const traces = await findTraces(tx, [...new Set(spans.map(({ traceId }) => traceId))], 'all')
  return new Map(traces.map(({ traceId, ownerKey }) => [traceId, ownerKey]))
}

/** What people made of a log stays. */
function again(before: InferenceLog, log: Omit<InferenceLog, 'seq'>): InferenceLog {
  const { completedAt, model, status, finalText } = log
  return { ...before, completedAt, model, status, finalText, revision: before.revision + 1 }
}

function newLogEvent(log: InferenceLog, discussionCount: number): NewLogEvent {
  const body = { requestId: log.requestId, ownerKey: log.ownerKey }
  if ((log.finalText?.length ?? 0) > maxToldLength) return { topic: newLogTopic, body }
  return { topic: newLogTopic, body, local: { ...log, discussionCount } }
}
