import type { BusEvent } from './event.ts'

/** Tells each event to every listener, at once and in the order of publication. */
export interface Bus {
  publish(event: BusEvent): void
  subscribe(listener: (event: BusEvent) => void): Disposable
}

/** A listener that throws is the listener's bug: it is reported and the others still hear. */
export function createBus(onListenerError: (error: unknown) => void): Bus {
  const listeners = new Set<(event: BusEvent) => void>()
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event)
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
