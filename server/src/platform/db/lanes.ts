export interface LaneSource<L> {
  /** How many there may be. */
  readonly most: number
  /** Opens the one of this number, from 1. */
  readonly open: (number: number) => L
  /** Resolves when it would answer at once. */
  readonly whenReady: (lane: L) => Promise<unknown>
}

/**
 * Gives each piece of work the first of several equal resources that is free, in the order of asking:
 * nothing waits behind long work while another is free. The one that was used last goes first, since
 * its caches are warm. One is opened with the first work, each further one when all are taken.
 */
export class Lanes<L> {
  readonly #source: LaneSource<L>
  readonly #opened: L[] = []
  readonly #free: L[] = []
  readonly #waiting: ((lane: L) => void)[] = []

  constructor(source: LaneSource<L>) {
    this.#source = source
  }

  /** In the order in which they were opened. */
  get opened(): readonly L[] {
    return this.#opened
  }

  async take<T>(work: (lane: L) => Promise<T>): Promise<T> {
    const lane = this.#free.pop() ?? this.#first() ?? (await this.#nextFree())
    try {
      return await work(lane)
    } finally {
      this.#release(lane)
    }
  }

  #first(): L | undefined {
    return this.#opened.length === 0 ? this.#open() : undefined
  }

  #open(): L {
    const lane = this.#source.open(this.#opened.length + 1)
    this.#opened.push(lane)
    return lane
  }

  #nextFree(): Promise<L> {
    const next = new Promise<L>((resolve) => {
      this.#waiting.push(resolve)
    })
    // Until it is ready another may be free.
    if (this.#opened.length < this.#source.most) {
      const lane = this.#open()
      const release = (): void => this.#release(lane)
      // One that cannot be opened says so to its first work.
      this.#source.whenReady(lane).then(release, release)
    }
    return next
  }

  #release(lane: L): void {
    const next = this.#waiting.shift()
    if (next) next(lane)
    else this.#free.push(lane)
  }
}
