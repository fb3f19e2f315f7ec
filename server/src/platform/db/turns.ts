/**
 * Gives out one resource in the order of asking. Nothing is refused here: what queues up is
 * bounded by the requests in flight, which the HTTP mount bounds.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
