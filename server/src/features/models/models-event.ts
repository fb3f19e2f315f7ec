import type { BusEvent } from '../../platform/bus/event.ts'
import type { WriteTx } from '../../platform/db/database.ts'

const topic = 'models'

/** Tells every process that aliases or connections changed; each looks them up anew. */
export function publishChange(tx: WriteTx): void {
  tx.publish({ topic, body: {} })
}

export function isModelsEvent(event: BusEvent): boolean {
  return event.topic === topic
}
