/**
 * Sequences that share a context are computed together only if they ask at the same moment; left
 * to themselves two of them soon take turns and gain nothing. So each waits here after a token
 * until all who generate have theirs. Who pauses or ends leaves, and nobody waits for it.
 */
export class TurnGate {
  #members = 0
  #waiting: (() => void)[] = []

  enter(): void {
    this.#members += 1
  }

  leave(): void {
    this.#members -= 1
    this.#openIfComplete()
  }

  /** Resolves when all members wait; undefined where there is nobody to wait for. */
  turn(): Promise<void> | undefined {
    if (this.#members < 2) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#openIfComplete()
    })
  }

  #openIfComplete(): void {
    if (this.#waiting.length < this.#members) return
    const released = this.#waiting
    this.#waiting = []
    for (const go of released) go()
  }
}
