import { abortReason } from '../../platform/upstream/connection-fault.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'

/** What a job occupies: a sequence of the model, its one context for embeddings, or nothing. */
export type Lane = 'sequence' | 'embedding' | 'none'

export interface Place {
  readonly lane: Lane
  readonly signal?: AbortSignal | undefined
  /** Told when the model is loaded and only other jobs are still in the way. */
  readonly onOpen?: (() => void) | undefined
}

interface Waiter<T> extends Place {
  /** It came when the model took nobody any more. */
  isLate: boolean
  readonly settled: PromiseWithResolvers<T>
  readonly follow: () => void
}

/**
 * Callers in the order in which they came. One whose signal aborts leaves at once. Late ones stay
 * behind a closed door until they are admitted.
 */
export class WaitQueue<T> {
  #waiters: Waiter<T>[] = []
  readonly #onLeft: () => void

  constructor(onLeft: () => void) {
    this.#onLeft = onLeft
  }

  get length(): number {
    return this.#waiters.length
  }

  get punctual(): number {
    return this.#waiters.filter(({ isLate }) => !isLate).length
  }

  add(place: Place, isLate: boolean): Promise<T> {
    const { signal } = place
    if (signal?.aborted) return Promise.reject(abortedBy(signal))
    const settled = Promise.withResolvers<T>()
    const waiter = { ...place, isLate, settled, follow: () => this.#leave(waiter) }
    this.#waiters.push(waiter)
    signal?.addEventListener('abort', waiter.follow, { once: true })
    return settled.promise
  }

  /** Lets in, in order, those that find room. */
  letIn(enter: (lane: Lane) => T | undefined): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      const value = waiter.isLate ? undefined : enter(waiter.lane)
      if (value === undefined) return true
      release(waiter)
      waiter.settled.resolve(value)
      return false
    })
  }

  /** The door is open: nobody is late any more, and all that is in the way now are other jobs. */
  open(): void {
    for (const waiter of this.#waiters) {
      waiter.isLate = false
      waiter.onOpen?.()
    }
  }

  /** Nobody is late any more, although the door is still closed. */
  admitLate(): void {
    for (const waiter of this.#waiters) waiter.isLate = false
  }

  rejectPunctual(error: Error): void {
    const [late, rest] = [true, false].map((is) => this.#waiters.filter((one) => one.isLate === is))
    this.#waiters = late ?? []
    for (const waiter of rest ?? []) {
      release(waiter)
      waiter.settled.reject(error)
    }
  }

  #leave(waiter: Waiter<T>): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter)
    waiter.settled.reject(abortedBy(waiter.signal))
    this.#onLeft()
  }
}

function release({ signal, follow }: Pick<Waiter<never>, 'signal' | 'follow'>): void {
  signal?.removeEventListener('abort', follow)
}

export function abortedBy(signal: AbortSignal | undefined): UpstreamError {
  return new UpstreamError({ kind: 'aborted', reason: abortReason(signal?.reason) }, 1)
}
