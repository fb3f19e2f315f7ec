import type { Listener } from '../../platform/bus/bus.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import { Watchers } from '../../platform/bus/watchers.ts'

const endedTopic = 'executions.ended'

/** These executions have completed or failed. */
export interface ExecutionsEndedEvent extends BusEvent {
  readonly topic: typeof endedTopic
  readonly body: { readonly executionIds: readonly string[] }
}

export function executionsEnded(executionIds: readonly string[]): ExecutionsEndedEvent {
  return { topic: endedTopic, body: { executionIds } }
}

function isExecutionsEnded(event: BusEvent): event is ExecutionsEndedEvent {
  return event.topic === endedTopic
}

/** Tells whoever waits for an execution that it has ended, in whatever process. */
export class ExecutionEnds implements Listener {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly #waiting = new Watchers()
  readonly #stop = new AbortController()

  /** Aborted when nobody is to wait any longer, because the server stops. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  /** Ends every wait, those that begin later too; what is waited for goes on. */
  endWaits(): void {
    this.#stop.abort()
  }

  hear(event: BusEvent): void {
    if (!isExecutionsEnded(event)) return
    for (const id of event.body.executionIds) this.#waiting.tell(id)
  }

  /** Calls `tell` at each word that the execution has ended, until it is disposed of. */
  watch(executionId: string, tell: () => void): Disposable {
    return this.#waiting.watch(executionId, tell)
  }
}
