/** Those who wait for word of things, each called by its id. */
export class Watchers {
  readonly #watching = new Map<string, Set<() => void>>()

  /** Calls `tell` at each word of the id, until it is disposed of. */
  watch(id: string, tell: () => void): Disposable {
    const watchers = this.#watching.get(id) ?? new Set()
    watchers.add(tell)
    this.#watching.set(id, watchers)
    return {
      [Symbol.dispose]: () => {
        watchers.delete(tell)
        if (watchers.size === 0) this.#watching.delete(id)
      },
    }
  }

  /** Gives word of an id. */
  tell(id: string): void {
    for (const tell of this.#watching.get(id) ?? []) tell()
  }
}
