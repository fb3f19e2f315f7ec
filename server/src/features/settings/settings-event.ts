import type { BusEvent } from '../../platform/bus/event.ts'
import type { WriteTx } from '../../platform/db/database.ts'

const topic = 'settings'

/** Tells every process that settings of the whole server changed; each reads them anew. */
export function publishSettings(tx: WriteTx): void {
  tx.publish({ topic, body: {} })
}

export function isSettingsEvent(event: BusEvent): boolean {
  return event.topic === topic
}
