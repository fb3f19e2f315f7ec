import { setTimeout as sleep } from 'node:timers/promises'

interface Flight<V> {
  readonly value: Promise<V>
  /** What begins when this one is over; whoever asks meanwhile waits for it. */
  next: Promise<V> | undefined
  /** Nothing is read yet. */
  isGathering: boolean
}

/**
 * Lets those who ask for the same at about the same time share one read, without ever showing anybody
 * what was read before they asked: whoever comes while a read is under way shares the one after it.
 * So nothing is kept and nothing can be stale. At most two reads of a key are known at a time.
 */
export class SharedReads<V> {
  readonly #flights = new Map<string, Flight<V>>()
  readonly #gathersMs: number

  /** A read that takes long may wait a moment for others who ask for the same. */
  constructor({ gathersMs = 0 }: { readonly gathersMs?: number } = {}) {
    this.#gathersMs = gathersMs
  }

  /** What `read` gives, or what it gave to somebody else who asked for `key`. */
  share(key: string, read: () => Promise<V>): Promise<V> {
    const flight = this.#flights.get(key)
    if (flight === undefined) return this.#begin(key, read)
    if (flight.isGathering) return flight.value
    flight.next ??= flight.value.then(
      () => this.#begin(key, read),
      () => this.#begin(key, read),
    )
    return flight.next
  }

  #begin(key: string, read: () => Promise<V>): Promise<V> {
    const isGathering = this.#gathersMs > 0
    const gather = async (): Promise<V> => {
      await sleep(this.#gathersMs)
      flight.isGathering = false
      return read()
    }
    const value = isGathering ? gather() : read()
    const flight: Flight<V> = { value, next: undefined, isGathering }
    this.#flights.set(key, flight)
    const end = (): void => {
      if (flight.next === undefined) this.#flights.delete(key)
    }
    value.then(end, end)
    return value
  }
}
