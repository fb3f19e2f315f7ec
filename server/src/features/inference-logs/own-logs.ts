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
import { countDiscussions, lockLogs, savePayloads } from './ingest-store.ts'
import { logOfSpan } from './log-of-span.ts'
import type { InferenceLog } from './log.ts'
import { insertOwnLogs, updateOwnLogs } from './own-log-store.ts'
import type { TokenLog } from './plan-token-log.ts'
import { fillTemplate } from './text-template.ts'

/** Past this many characters an event carries no row; whoever listens loads it. */
const maxToldLength = 64 * 1024

export interface OwnSpansInput extends SpansInput {
  /** Of those calls among the spans whose tokens were noted. */
  readonly tokenLogs?: readonly TokenLog[]
}

/**
 * Stores spans that this server makes itself; each model call among them becomes a log of its own,
 * in the same transaction and with the span's id, and with its tokens if they were noted. It is told
 * once it has ended. Source: rulings §9.
 */
export const ownSpansGroup = defineGroup<OwnSpansInput, IngestReport>({
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
    const tokenLogs = inputs.flatMap(({ tokenLogs: given = [] }, index) =>
      // A span of this id that is somebody else's may have a log of its own.
      replies[index]?.rejected === 0 ? given : [],
    )
    return { replies, events: [...events, ...(await saveCalls(tx, stored, tokenLogs))] }
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

async function saveCalls(
  tx: Tx,
  calls: readonly OwnCall[],
  tokenLogs: readonly TokenLog[] = [],
): Promise<NewLogEvent[]> {
  if (calls.length === 0) return []
  const ids = calls.map(({ span }) => span.spanId)
  const known = new Map((await lockLogs(tx, ids)).map((log) => [log.requestId, log]))
  const traced = new Map(tokenLogs.map((log) => [log.spanId, log]))
  const added: Omit<InferenceLog, 'seq'>[] = []
  const changed: InferenceLog[] = []
  for (const { span, ownerKey } of calls) {
    const totalSteps = traced.get(span.spanId)?.totalSteps
    const log = { ...logOfSpan(span, ownerKey), ...(totalSteps && { totalSteps }) }
    const before = known.get(span.spanId)
    if (before === undefined) added.push(log)
    // An engine may have used the same id for a request of its own, which then is the log.
    else if (before.spanId === span.spanId) changed.push(again(before, log))
  }
  const inserted = await insertOwnLogs(tx, added)
  await updateOwnLogs(tx, changed)
  await saveDocuments(tx, [...inserted, ...changed], traced)
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

/** The documents of those logs whose tokens were noted. */
async function saveDocuments(
  tx: Tx,
  logs: readonly InferenceLog[],
  traced: ReadonlyMap<string, TokenLog>,
): Promise<void> {
  const noted = logs.flatMap(({ seq, spanId }) => {
    const log = traced.get(spanId)
    return log === undefined ? [] : [{ seq, log }]
  })
  if (noted.length === 0) return
  const childCount = noted.reduce((sum, { log }) => sum + log.childCount, 0)
  const ids = await tx.allocate('log_children', childCount)
  let firstId = 0
  const payloads = noted.map(
    ({ seq, log: { document, unshownJson: unshown, childCount: own } }) => {
      const filled = fillTemplate(document, ids.slice(firstId, firstId + own))
      firstId += own
      return { seq, document: filled, unshown }
    },
  )
  await savePayloads(tx, payloads)
}

async function ownersOf(tx: Tx, spans: readonly Span[]): Promise<Map<string, string | null>> {
  const traces = await findTraces(tx, [...new Set(spans.map(({ traceId }) => traceId))], 'all')
  return new Map(traces.map(({ traceId, ownerKey }) => [traceId, ownerKey]))
}

/** What people made of a log stays, and its tokens if none come with it. */
function again(before: InferenceLog, log: Omit<InferenceLog, 'seq'>): InferenceLog {
  const { completedAt, model, status, finalText } = log
  const totalSteps = log.totalSteps || before.totalSteps
  const revision = before.revision + 1
  return { ...before, completedAt, model, status, finalText, totalSteps, revision }
}

function newLogEvent(log: InferenceLog, discussionCount: number): NewLogEvent {
  const body = { requestId: log.requestId, ownerKey: log.ownerKey }
  if ((log.finalText?.length ?? 0) > maxToldLength) return { topic: newLogTopic, body }
  return { topic: newLogTopic, body, local: { ...log, discussionCount } }
}
