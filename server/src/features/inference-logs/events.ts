import type { BusEvent } from '../../platform/bus/event.ts'
import type { ListedLog } from './log.ts'

export const newLogTopic = 'inference-logs.new'

/** A log was stored, for the first time or again. Told once for each ingest, after the commit. */
export interface NewLogEvent extends BusEvent {
  readonly topic: typeof newLogTopic
  readonly body: {
    readonly requestId: string
    readonly ownerKey: string | null
  }
  /** The row as this very write left it; other processes load it with `findLogs`. */
  readonly local?: ListedLog
}

export function isNewLogEvent(event: BusEvent): event is NewLogEvent {
  return event.topic === newLogTopic
}
