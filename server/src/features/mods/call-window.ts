import type { Clock } from '../../platform/clock.ts'
import { DomainError } from '../../platform/domain-error.ts'

export interface CallWindowRules {
  readonly calls: number
  readonly perSeconds: number
  /** The most callers remembered; beyond it the one longest silent is forgotten. */
  readonly callers?: number
}

/**
 * So many calls of each caller in any stretch of so many seconds. A refused call does not count.
 * Callers stand in order of their last call, so those whose calls are all over are found in front.
 */
export class CallWindow {
  readonly #rules: Required<CallWindowRules>
  readonly #clock: Pick<Clock, 'elapsedMs'>
  readonly #callsAt = new Map<string, readonly number[]>()

  constructor(rules: CallWindowRules, clock: Pick<Clock, 'elapsedMs'>) {
    this.#rules = { callers: 10_000, ...rules }
    this.#clock = clock
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.#callsAt.size
  }

  /** Counts a call. Throws `limit`, whose details say after how many seconds to come back. */
  admit(caller: string): void {
    const { calls, perSeconds } = this.#rules
    const now = this.#clock.elapsedMs()
    const begin = now - perSeconds * 1000
    this.#forget(begin)
    const callsAt = (this.#callsAt.get(caller) ?? []).filter((at) => at > begin)
    const [oldest = now] = callsAt
    if (callsAt.length >= calls) {
      const retryAfterSeconds = Math.max(1, Math.ceil((oldest - begin) / 1000))
      const message = `At most ${calls} calls in ${perSeconds} seconds: try again later`
      throw new DomainError('limit', message, { details: { retryAfterSeconds }, retryable: true })
    }
    this.#callsAt.delete(caller)
    this.#callsAt.set(caller, [...callsAt, now])
  }

  #forget(begin: number): void {
    for (const [caller, callsAt] of this.#callsAt) {
      const isOver = (callsAt.at(-1) ?? begin) <= begin
      if (!isOver && this.#callsAt.size < this.#rules.callers) return
      this.#callsAt.delete(caller)
    }
  }
}
