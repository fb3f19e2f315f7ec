import { findUsableKeys } from './find-usable-keys.ts'
import type { Uses } from './uses.ts'

export interface KeyWatchOptions extends Uses<'db' | 'clock'> {
  /** Hears why the keys could not be looked up; they are asked for again a second later. */
  readonly onError: (error: unknown) => void
}

const checkEveryMs = 1000

/**
 * Tells what was opened with a key, and outlives the request that opened it, when the key is
 * revoked, switched off or over. It asks the database once a second for all keys at once, and only
 * while there are any, so that it makes no difference who ended the key: this process, another or
 * a command beside a running server.
 */
export class KeyWatch implements AsyncDisposable {
  readonly #options: KeyWatchOptions
  readonly #watched = new Map<string, Set<() => void>>()
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: KeyWatchOptions) {
    this.#options = options
  }

  /** Calls `onEnd` once, at most 2 s after the key has ended, unless disposed before. */
  watch(keyId: string, onEnd: () => void): Disposable {
    const ends = this.#watched.get(keyId) ?? new Set()
    this.#watched.set(keyId, ends.add(onEnd))
    this.#schedule()
    return { [Symbol.dispose]: () => this.#forget(keyId, onEnd) }
  }

  /** Waits for the look-up under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#checking
  }

  #forget(keyId: string, onEnd: () => void): void {
    const ends = this.#watched.get(keyId)
    ends?.delete(onEnd)
    if (ends?.size === 0) this.#watched.delete(keyId)
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#watched.size === 0) return
    this.#timer = setTimeout(() => {
      this.#checking = this.#check()
    }, checkEveryMs)
    this.#timer.unref()
  }

  async #check(): Promise<void> {
    try {
      const keyIds = [...this.#watched.keys()]
      const usable = await findUsableKeys(this.#options, keyIds)
      for (const keyId of keyIds) if (!usable.has(keyId)) this.#end(keyId)
    } catch (error) {
      this.#options.onError(error)
    }
    this.#timer = undefined
    this.#schedule()
  }

  #end(keyId: string): void {
    const ends = this.#watched.get(keyId) ?? new Set()
    this.#watched.delete(keyId)
    for (const onEnd of ends) onEnd()
  }
}
