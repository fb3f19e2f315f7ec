import { TimedSave } from '../timed-save.ts'
import type { Uses } from '../uses.ts'
import { endOfUsed, isUseWorthNoting } from './session-lifetime.ts'
import { saveSessionUse, type SessionUsed } from './session-store.ts'
import type { LiveSession } from './session.ts'

export interface SessionUseOptions extends Uses<'db' | 'clock'> {
  /** Hears why uses could not be saved; they are noted again with the next requests. */
  readonly onError: (error: unknown) => void
  readonly flushAfterMs?: number
}

/**
 * Writes down when sessions were last used and puts off their end, at most once a minute each and
 * never in a request's way. What a crash loses is written with the next request. Held uses are
 * bounded by the number of live sessions.
 */
export class SessionUse implements AsyncDisposable {
  readonly #options: SessionUseOptions
  readonly #held = new Map<string, SessionUsed>()
  readonly #timed: TimedSave

  constructor(options: SessionUseOptions) {
    this.#options = options
    this.#timed = new TimedSave({
      save: () => this.flush(),
      isHolding: () => this.#held.size > 0,
      onError: options.onError,
      afterMs: options.flushAfterMs ?? 1000,
    })
  }

  /** Notes one request of a session as it was just read. */
  note(session: LiveSession): void {
    const now = this.#options.clock.nowSeconds()
    if (!isUseWorthNoting(session, now) || this.#held.has(session.id)) return
    const expiresAt = endOfUsed(session, now)
    this.#held.set(session.id, { id: session.id, lastSeenAt: now, expiresAt })
    this.#timed.schedule()
  }

  /** Saves what is held. */
  async flush(): Promise<void> {
    const used = [...this.#held.values()]
    if (used.length === 0) return
    this.#held.clear()
    await this.#options.db.write((tx) => saveSessionUse(tx, used))
  }

  /** Waits for the save under way and saves the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#timed[Symbol.asyncDispose]()
  }
}
