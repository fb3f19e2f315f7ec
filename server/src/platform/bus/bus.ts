import type { BusEvent } from './event.ts'

export interface Listener {
  /** Whether it would do anything with an event now. */
  readonly isListening: boolean
  hear(event: BusEvent): void
}

/** Tells each event to every listener, at once and in the order of publication. */
export interface Bus {
  /** Whether anybody listens at the moment. */
  readonly isHeard: boolean
  publish(event: BusEvent): void
  subscribe(listener: Listener): Disposable
}

/** A listener that throws is the listener's bug: it is reported and the others still hear. */
export function createBus(onListenerError: (error: unknown) => void): Bus {
  const listeners = new Set<Listener>()
  return {
    get isHeard() {
      return [...listeners].some(({ isListening }) => isListening)
    },
    publish(event) {
      for (const listener of listeners) {
        try {
          listener.hear(event)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
