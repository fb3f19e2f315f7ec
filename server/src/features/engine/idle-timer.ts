import type { Clock } from '../../platform/clock.ts'

/** Node runs a longer one at once. */
const longestTimerMs = 2 ** 31 - 1

/** Counts from the moment a model has nothing to do, and only while that is so. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #usualSeconds: () => number
  readonly #onEnd: () => void
  #ownSeconds: number | null = null
  #since: { readonly at: number; readonly ms: number } | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(clock: Clock, usualSeconds: () => number, onEnd: () => void) {
    this.#clock = clock
    this.#usualSeconds = usualSeconds
    this.#onEnd = onEnd
  }

  /** Unix seconds; null while it does not run. */
  get since(): number | null {
    return this.#since?.at ?? null
  }

  /** Unix seconds; null for never. */
  get endsAt(): number | null {
    return this.#since && this.#seconds >= 0 ? this.#since.at + this.#seconds : null
  }

  keepFor(seconds: number | null): void {
    this.#ownSeconds = seconds
    this.rearm()
  }

  start(): void {
    this.#since ??= { at: this.#clock.nowSeconds(), ms: this.#clock.elapsedMs() }
    this.rearm()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#since = null
  }

  /** Goes by the time that holds now, counted from when the rest began. */
  rearm(): void {
    clearTimeout(this.#timer)
    if (!this.#since || this.#seconds < 0) return
    const leftMs = this.#since.ms + this.#seconds * 1000 - this.#clock.elapsedMs()
    if (leftMs <= 0) {
      this.stop()
      this.#onEnd()
      return
    }
    this.#timer = setTimeout(() => this.rearm(), Math.min(leftMs, longestTimerMs))
    this.#timer.unref()
  }

  get #seconds(): number {
    return this.#ownSeconds ?? this.#usualSeconds()
  }
}
