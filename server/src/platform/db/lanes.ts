/**
 * Gives each piece of work the first of several equal resources that is free, in the order of asking:
 * nothing waits behind long work while another is free. The one that was used last goes first, since
 * its caches are warm.
 */
export class Lanes<L> {
  readonly #free: L[]
  readonly #waiting: ((lane: L) => void)[] = []

  constructor(lanes: readonly L[]) {
    this.#free = lanes.toReversed()
  }

  async take<T>(work: (lane: L) => Promise<T>): Promise<T> {
    const lane = this.#free.pop() ?? (await this.#nextFree())
    try {
      return await work(lane)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(lane)
      else this.#free.push(lane)
    }
  }

  #nextFree(): Promise<L> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }
}
