import { deserialize } from 'node:v8'
import { defineGroup, type Tx } from '../../platform/db/database.ts'
import { saveOwnedSpans } from '../traces/index.ts'
import { newLogTopic, type NewLogEvent } from './events.ts'
import { countDiscussions, insertLogs, lockLogs, replaceLogs } from './ingest-store.ts'
import type { StoredLog } from './ingest-store.ts'
import type { InferenceLog } from './log.ts'
import { planIngest, type ArrivedLog, type LogPlan, type PlannedLog } from './plan-ingest.ts'
import type { NewLog } from './plan-log.ts'
import { fillTemplate } from './text-template.ts'

/** One request; a large one comes packed, as it was planned off the main thread. */
export interface IngestInput extends Omit<ArrivedLog, 'log'> {
  readonly log: NewLog | Uint8Array
  /** Unix seconds. */
  readonly receivedAt: number
}

/** Stored, or refused because the log, or its span's id, is somebody else's. */
export type IngestResult = 'stored' | 'other-owner' | 'id-taken'

/** Past this many characters an event carries no row; whoever listens loads it. */
const maxToldLength = 64 * 1024

export const ingestLogsGroup = defineGroup<IngestInput, IngestResult>({
  module: import.meta.url,
  name: 'ingestLogsGroup',
  async run(tx, inputs) {
    const arrivals = inputs.map((input) => ({ ...input, log: unpack(input.log) }))
    const requestIds = [...new Set(arrivals.map(({ log }) => log.requestId))]
    const known = await lockLogs(tx, requestIds)
    const plan = planIngest(arrivals, new Map(known.map((log) => [log.requestId, log])))
    const { refused, events } = await saveSpans(tx, arrivals, plan)
    const logs = await saveLogs(tx, plan, refused)
    const results = arrivals.map(({ log }, index): IngestResult => {
      if (plan.taken[index] !== true) return 'other-owner'
      return refused.has(log.requestId) ? 'id-taken' : 'stored'
    })
    const stored = arrivals.filter((_, index) => results[index] === 'stored')
    const discussions = await countDiscussions(
      tx,
      known.map(({ requestId }) => requestId),
    )
    const told = stored.flatMap(({ log: { requestId } }) => {
      const log = logs.get(requestId)
      return log ? [newLogEvent(log, discussions.get(requestId) ?? 0)] : []
    })
    return { replies: results, events: [...events, ...told] }
  },
})

function unpack(log: NewLog | Uint8Array): NewLog {
  if (!(log instanceof Uint8Array)) return log
  const unpacked: unknown = deserialize(log)
  // Packed by `packLog` in this process.
  return unpacked as NewLog
}

/** The spans beside the logs; gives the requests whose span's id is somebody else's. */
async function saveSpans(tx: Tx, arrivals: readonly (ArrivedLog & Received)[], plan: LogPlan) {
  const taken = arrivals.filter((_, index) => plan.taken[index])
  const owned = taken.map(({ log: { requestId, span, traceName }, receivedAt }) => {
    const ownerKey = plan.planned.get(requestId)?.log.ownerKey ?? null
    return { span, traceName, receivedAt, ownerKey }
  })
  const { accepted, events } = await saveOwnedSpans(tx, owned)
  const refused = new Set(
    taken.filter((_, index) => !accepted[index]).map(({ log }) => log.requestId),
  )
  return { refused, events }
}

interface Received {
  readonly receivedAt: number
}

/** Numbers and stores what was planned; gives the rows by request id. */
async function saveLogs(
  tx: Tx,
  { planned }: LogPlan,
  refused: ReadonlySet<string>,
): Promise<ReadonlyMap<string, InferenceLog>> {
  const saved = [...planned.values()].filter(({ log }) => !refused.has(log.requestId))
  const seqs = await tx.allocate('inference_logs', saved.filter(isNew).length)
  const ids = await tx.allocate(
    'log_children',
    saved.reduce((sum, { from }) => sum + from.log.childCount, 0),
  )
  const added: StoredLog[] = []
  const replaced: StoredLog[] = []
  let firstId = 0
  for (const entry of saved) {
    const { childCount, document, unshownJson } = entry.from.log
    const own = ids.slice(firstId, firstId + childCount)
    firstId += childCount
    const log = { ...entry.log, seq: entry.log.seq ?? nextOf(seqs, added.length) }
    const list = isNew(entry) ? added : replaced
    list.push({ log, document: fillTemplate(document, own), unshownJson })
  }
  await insertLogs(tx, added)
  await replaceLogs(tx, replaced)
  return new Map([...added, ...replaced].map(({ log }) => [log.requestId, log]))
}

function isNew({ log }: { readonly log: PlannedLog }): boolean {
  return log.seq === null
}

function nextOf(seqs: readonly number[], index: number): number {
  const seq = seqs[index]
  if (seq === undefined) throw new Error('Fewer numbers were given out than asked for')
  return seq
}

function newLogEvent(log: InferenceLog, discussionCount: number): NewLogEvent {
  const body = { requestId: log.requestId, ownerKey: log.ownerKey }
  if ((log.finalText?.length ?? 0) > maxToldLength) return { topic: newLogTopic, body }
  return { topic: newLogTopic, body, local: { ...log, discussionCount } }
}
