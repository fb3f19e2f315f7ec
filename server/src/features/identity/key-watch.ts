import { findUsableKeys } from './find-usable-keys.ts'
import type { Uses } from './uses.ts'

export interface KeyWatchOptions extends Uses<'db' | 'clock'> {
  /** Hears why the keys could not be looked up; they are asked for again a second later. */
  readonly onError: (error: unknown) => void
}

const checkEveryMs = 1000

/** The key behind a caller, and the version of the powers that it gave. */
export interface WatchedKey {
  readonly keyId: string
  readonly keyVersion?: number
}

interface Watching {
  readonly key: WatchedKey
  readonly onEnd: () => void
}

/**
 * Tells what was opened with a key, and outlives the request that opened it, when the key is
 * revoked, switched off, over or no longer gives the same powers. It asks the database once a second for all keys at once, and only
 * while there are any, so that it makes no difference who ended the key: this process, another or
 * a command beside a running server.
 */
export class KeyWatch implements AsyncDisposable {
  readonly #options: KeyWatchOptions
  readonly #watched = new Set<Watching>()
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: KeyWatchOptions) {
    this.#options = options
  }

  /** Calls `onEnd` once, at most 2 s after the key has ended, unless disposed before. */
  watch(key: WatchedKey, onEnd: () => void): Disposable {
    const watching = { key, onEnd }
    this.#watched.add(watching)
    this.#schedule()
    return { [Symbol.dispose]: () => void this.#watched.delete(watching) }
  }

  /** Waits for the look-up under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#checking
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
      const asked = [...this.#watched]
      const keyIds = new Set(asked.map(({ key }) => key.keyId))
      const versions = await findUsableKeys(this.#options, [...keyIds])
      for (const watching of asked) {
        if (!isSame(watching.key, versions.get(watching.key.keyId))) this.#end(watching)
      }
    } catch (error) {
      this.#options.onError(error)
    }
    this.#timer = undefined
    this.#schedule()
  }

  #end(watching: Watching): void {
    // Whoever let go of it meanwhile is told nothing.
    if (this.#watched.delete(watching)) watching.onEnd()
  }
}

function isSame({ keyVersion }: WatchedKey, now: number | undefined): boolean {
  return now !== undefined && (keyVersion === undefined || keyVersion === now)
}
