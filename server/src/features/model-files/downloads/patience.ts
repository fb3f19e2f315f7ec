import { setTimeout as sleepFor } from 'node:timers/promises'
import { backoffMs, retryAfterMs } from '../../../platform/upstream/retry-plan.ts'
import { cancelled, hubUnreachable } from './hub-error.ts'

/** Something that may go better at the next attempt. */
export class HubTrouble extends Error {
  /** How long the hub asked to wait; null when it did not. */
  readonly waitMs: number | null

  constructor(reason: string, waitMs: number | null = null) {
    super(reason)
    this.name = 'HubTrouble'
    this.waitMs = waitMs
  }
}

/** A status that may be another one a little later. */
export function busyHub(status: number, headers: Readonly<Record<string, string>>): HubTrouble {
  const waitMs = retryAfterMs(headers, Date.now() / 1000)
  return new HubTrouble(`it answered with status ${status}`, waitMs)
}

/** Time and chance as powers: tests give their own. */
export interface PatiencePowers {
  /** Ends at once, in whatever way, when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  readonly random: () => number
}

export const realPatience: PatiencePowers = {
  sleep: async (ms, signal) => sleepFor(ms, undefined, { signal }),
  random: Math.random,
}

const attemptsInARow = 5
const longestMs = 30_000
const rules = { attempts: attemptsInARow, baseMs: 1000, longestMs }

export interface PatienceOptions {
  readonly repo: string
  readonly signal: AbortSignal
  readonly powers: PatiencePowers
}

/** Goes on after troubles as long as there is progress between them: five in a row are the end. */
export class Patience {
  readonly #options: PatienceOptions
  #troubles = 0

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /**
   * Waits before the next attempt. One that made progress does not count. Throws what is no trouble,
   * and the last of too many.
   */
  async bear(error: unknown, madeProgress = false): Promise<void> {
    const { repo, signal, powers } = this.#options
    if (signal.aborted) throw cancelled()
    if (!(error instanceof HubTrouble)) throw error
    this.#troubles = madeProgress ? 0 : this.#troubles + 1
    const isTooLong = error.waitMs !== null && error.waitMs > longestMs
    if (isTooLong || this.#troubles >= attemptsInARow) throw hubUnreachable(repo, error.message)
    const backMs = backoffMs(Math.max(1, this.#troubles), powers.random(), rules)
    const waitMs = Math.max(error.waitMs ?? 0, backMs)
    await powers.sleep(waitMs, signal).catch(() => undefined)
    if (signal.aborted) throw cancelled()
  }

  /** Repeats something until it goes well. */
  async with<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        await this.bear(error)
      }
    }
  }
}
