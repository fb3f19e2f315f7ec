interface Flight<V> {
  readonly value: Promise<V>
  /** What begins when this one is over; whoever asks meanwhile waits for it. */
  next: Promise<V> | undefined
}

/**
 * Lets those who ask for the same at about the same time share one read, without ever showing anybody
 * what was read before they asked: whoever comes while a read is under way shares the one after it.
 * So nothing is kept and nothing can be stale. At most two reads of a key are known at a time.
 */
export class SharedReads<V> {
  readonly #flights = new Map<string, Flight<V>>()

  /** What `read` gives, or what it gave to somebody else who asked for `key`. */
  share(key: string, read: () => Promise<V>): Promise<V> {
    const flight = this.#flights.get(key)
    if (flight === undefined) return this.#begin(key, read)
    flight.next ??= flight.value.then(
      () => this.#begin(key, read),
      () => this.#begin(key, read),
    )
    return flight.next
  }

  #begin(key: string, read: () => Promise<V>): Promise<V> {
    const flight: Flight<V> = { value: read(), next: undefined }
    this.#flights.set(key, flight)
    const end = (): void => {
      if (flight.next === undefined) this.#flights.delete(key)
    }
    flight.value.then(end, end)
    return flight.value
  }
}
