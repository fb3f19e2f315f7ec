/** A text that is ready to be sent, and which state of its source it shows: a growing number. */
export interface CachedText {
  readonly generation: number
  readonly bytes: Uint8Array
}

export interface CacheFigures {
  readonly entryCount: number
  readonly currentBytes: number
  readonly maxBytes: number
  readonly hits: number
  readonly misses: number
}

/** What an entry takes beside its bytes and its key. */
const entryBytes = 256

/**
 * Ready texts by key, the least recently used given up first, never more than `maxBytes` in all. It
 * holds bytes, so that the bound is real; an entry over half the bound is not kept. A reader says
 * which generation it needs at least: an older entry is a miss, and what is loaded is kept only
 * while nothing newer stands in its place. Readers of the same key and generation wait for one load.
 */
export class ByteCache {
  readonly #maxBytes: number
  readonly #entries = new Map<string, CachedText>()
  readonly #flights = new Map<string, Promise<CachedText | undefined>>()
  #currentBytes = 0
  #hits = 0
  #misses = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get figures(): CacheFigures {
    return {
      entryCount: this.#entries.size,
      currentBytes: this.#currentBytes,
      maxBytes: this.#maxBytes,
      hits: this.#hits,
      misses: this.#misses,
    }
  }

  /**
   * The text of a key, of this generation or a later one; loaded unless it is here. Undefined when
   * the load gives none. Throws what the load throws, to all who wait for it.
   */
  async read(
    key: string,
    generation: number,
    load: () => Promise<CachedText | undefined>,
  ): Promise<CachedText | undefined> {
    const entry = this.#entries.get(key)
    if (entry !== undefined && entry.generation >= generation) {
      this.#hits += 1
      this.#entries.delete(key)
      this.#entries.set(key, entry)
      return entry
    }
    this.#misses += 1
    const flightKey = `${generation} ${key}`
    const flight = this.#flights.get(flightKey)
    if (flight !== undefined) return flight
    return this.#fly(flightKey, key, load)
  }

  #fly(
    flightKey: string,
    key: string,
    load: () => Promise<CachedText | undefined>,
  ): Promise<CachedText | undefined> {
    const flight = load()
      .then((loaded) => {
        if (loaded !== undefined) this.#keep(key, loaded)
        return loaded
      })
      .finally(() => this.#flights.delete(flightKey))
    this.#flights.set(flightKey, flight)
    return flight
  }

  #keep(key: string, loaded: CachedText): void {
    const present = this.#entries.get(key)
    if (present !== undefined && present.generation >= loaded.generation) return
    this.#remove(key)
    const size = sizeOf(key, loaded)
    if (size > this.#maxBytes / 2) return
    for (const oldest of this.#entries.keys()) {
      if (this.#currentBytes + size <= this.#maxBytes) break
      this.#remove(oldest)
    }
    this.#entries.set(key, loaded)
    this.#currentBytes += size
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#currentBytes -= sizeOf(key, entry)
  }
}

function sizeOf(key: string, { bytes }: CachedText): number {
  return bytes.byteLength + 2 * key.length + entryBytes
}
