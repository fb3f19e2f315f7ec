import { addUsage, type Usage } from './store.ts'
import { TimedSave } from './timed-save.ts'
import type { Uses } from './uses.ts'

export interface KeyUsageOptions extends Uses<'db' | 'clock'> {
  /** Hears why counts could not be saved; they are kept and saved with the next ones. */
  readonly onError: (error: unknown) => void
  readonly flushAfterMs?: number
}

/**
 * Counts the requests of each key in memory and saves the counts at most once a second, so that
 * a request costs no write of its own. A crash loses at most what that second held, which is
 * accepted for use counters and for nothing else. Held counts are bounded by the number of keys.
 */
export class KeyUsage implements AsyncDisposable {
  readonly #options: KeyUsageOptions
  readonly #held = new Map<string, Usage>()
  readonly #timed: TimedSave

  constructor(options: KeyUsageOptions) {
    this.#options = options
    this.#timed = new TimedSave({
      save: () => this.flush(),
      isHolding: () => this.#held.size > 0,
      onError: options.onError,
      afterMs: options.flushAfterMs ?? 1000,
    })
  }

  /** Counts one request of a key, from an address where that is known. */
  note(keyId: string, ip: string | null = null): void {
    const held = this.#held.get(keyId)
    const lastUsedAt = this.#options.clock.nowSeconds()
    const count = (held?.count ?? 0) + 1
    this.#held.set(keyId, { keyId, count, lastUsedAt, lastIp: ip ?? held?.lastIp ?? null })
    this.#timed.schedule()
  }

  /** Saves what is held; when that fails the counts stay held. */
  async flush(): Promise<void> {
    const usages = [...this.#held.values()]
    if (usages.length === 0) return
    this.#held.clear()
    try {
      await this.#options.db.write(async (tx) => addUsage(tx, usages))
    } catch (error) {
      this.#holdAgain(usages)
      throw error
    }
  }

  /** Waits for the save under way and saves the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#timed[Symbol.asyncDispose]()
  }

  #holdAgain(usages: readonly Usage[]): void {
    for (const { keyId, count, lastUsedAt, lastIp } of usages) {
      const newer = this.#held.get(keyId)
      this.#held.set(keyId, {
        keyId,
        count: count + (newer?.count ?? 0),
        lastUsedAt: newer?.lastUsedAt ?? lastUsedAt,
        lastIp: newer?.lastIp ?? lastIp,
      })
    }
  }
}
