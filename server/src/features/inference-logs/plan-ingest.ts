import type { InferenceLog } from './log.ts'
import type { NewLog } from './plan-log.ts'

/** A request that arrived, with whose it is and what its sender may do. */
export interface ArrivedLog {
  readonly log: NewLog
  readonly ownerKey: string | null
  readonly sealedOwner: string | null
  /** Whether the sender may take a log over from another owner. */
  readonly mayTakeOver: boolean
}

/** A log as a plan leaves it. `seq` is null until it is stored. */
export type PlannedLog = Omit<InferenceLog, 'seq'> & { readonly seq: number | null }

export interface LogPlan {
  /** Each log as it is at the end, with the arrival whose children it has. */
  readonly planned: ReadonlyMap<string, { readonly log: PlannedLog; readonly from: ArrivedLog }>
  /** For each arrival, false if the log belongs to another owner. */
  readonly taken: readonly boolean[]
}

/**
 * Decides what arrivals make of the logs that there are. A log that is sent again is replaced, but
 * for when it was created and what people made of it; an owner once known stays when none is given.
 * Source: thunder contract §2.2, rulings §9.
 */
export function planIngest(
  arrivals: readonly ArrivedLog[],
  known: ReadonlyMap<string, InferenceLog>,
): LogPlan {
  const planned = new Map<string, { log: PlannedLog; from: ArrivedLog }>()
  const taken = arrivals.map((from) => {
    const { requestId } = from.log
    const before = planned.get(requestId)?.log ?? known.get(requestId)
    if (before && !mayReplace(before, from)) return false
    planned.set(requestId, { log: before ? again(before, from) : firstSeen(from), from })
    return true
  })
  return { planned, taken }
}

function mayReplace(before: PlannedLog, { ownerKey, mayTakeOver }: ArrivedLog): boolean {
  return mayTakeOver || before.ownerKey === null || [null, before.ownerKey].includes(ownerKey)
}

function firstSeen(from: ArrivedLog): PlannedLog {
  const made = { favoritedBy: [], tags: [], isPublic: false, revision: 1 }
  return { ...factsOf(from), ...made, seq: null, createdAt: from.log.createdAt, ...ownerOf(from) }
}

function again(before: PlannedLog, from: ArrivedLog): PlannedLog {
  const isKnown = before.sealedOwner !== null && before.ownerKey === from.ownerKey
  const owner = ownerOf(from.ownerKey === null || isKnown ? before : from)
  return { ...before, ...factsOf(from), ...owner, revision: before.revision + 1 }
}

function factsOf({ log }: ArrivedLog) {
  const { requestId, completedAt, model, modName, status, finalText, totalSteps } = log
  const { spanId, traceId } = log.span
  return { requestId, spanId, traceId, completedAt, model, modName, status, finalText, totalSteps }
}

function ownerOf({ ownerKey, sealedOwner }: Pick<ArrivedLog, 'ownerKey' | 'sealedOwner'>) {
  return { ownerKey, sealedOwner }
}
