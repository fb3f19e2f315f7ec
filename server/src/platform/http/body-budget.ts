import { InputError } from './input-error.ts'

export interface BodyBudgetOptions {
  readonly maxBytes: number
  /** How long a request may wait for others to finish before it is refused. */
  readonly maxWaitMs: number
  readonly maxWaiting: number
}

interface Waiter {
  readonly bytes: number
  readonly resolve: () => void
}

/**
 * The memory that all request bodies share. A body takes its bytes before it is read and gives
 * them back when its request is answered. When the budget is spent, requests wait first come,
 * first served; past `maxWaitMs`, or with `maxWaiting` before it, a request is refused as
 * `busy`. A body that is already being read may take more ahead of the queue, because finishing
 * it is what frees memory.
 */
export class BodyBudget {
  readonly #options: BodyBudgetOptions
  readonly #waiting = new Set<Waiter>()
  #heldBytes = 0

  constructor(options: BodyBudgetOptions) {
    this.#options = options
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get waitingRequests(): number {
    return this.#waiting.size
  }

  /** Waits its turn for `bytes`; throws InputError `busy`. */
  async take(bytes: number): Promise<void> {
    if (this.#waiting.size === 0 && this.tryTake(bytes)) return
    await this.#wait(bytes)
  }

  /** Takes `bytes` for a body that already holds some, ahead of new ones. Throws `busy`. */
  async takeMore(bytes: number): Promise<void> {
    if (!this.tryTake(bytes)) await this.#wait(bytes)
  }

  tryTake(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#options.maxBytes) return false
    this.#heldBytes += bytes
    return true
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes
    for (const waiter of this.#waiting) {
      if (!this.tryTake(waiter.bytes)) return
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }

  async #wait(bytes: number): Promise<void> {
    const { maxBytes, maxWaiting, maxWaitMs } = this.#options
    if (bytes > maxBytes || this.#waiting.size >= maxWaiting) throw busy()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { bytes, resolve }
    this.#waiting.add(waiter)
    const timer = setTimeout(() => {
      this.#waiting.delete(waiter)
      reject(busy())
    }, maxWaitMs)
    try {
      await promise
    } finally {
      clearTimeout(timer)
    }
  }
}

function busy(): InputError {
  return new InputError({ kind: 'busy', retryAfterSeconds: 1 })
}
