const longestMs = 30_000
const forgottenMs = 60_000

/**
 * How long a model that keeps dying is left alone: not at all after the first crash, then 1, 2, 4 …
 * 30 s. A finished job ends the row.
 */
export class CrashBackoff {
  #inRow = 0
  #untilMs = 0

  noteCrash(nowMs: number): void {
    this.#inRow += 1
    const pauseMs = this.#inRow < 2 ? 0 : 1000 * 2 ** (this.#inRow - 2)
    this.#untilMs = nowMs + Math.min(longestMs, pauseMs)
  }

  noteFinishedJob(): void {
    this.#inRow = 0
    this.#untilMs = 0
  }

  /** Nothing that would have to be remembered. */
  isQuiet(nowMs: number): boolean {
    return this.#inRow === 0 || nowMs > this.#untilMs + forgottenMs
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs)
  }
}
