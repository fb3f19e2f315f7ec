import type { Role } from '@pharos/contract/vocabulary.ts'
import type { Caller } from './caller.ts'
import { findUsableKeys } from './find-usable-keys.ts'
import { liveSessions } from './sessions/session-store.ts'
import type { Uses } from './uses.ts'

export interface CallerWatchOptions extends Uses<'db' | 'clock'> {
  /** Hears why keys and logins could not be looked up; they are asked for again a second later. */
  readonly onError: (error: unknown) => void
}

const checkEveryMs = 1000

/** What a caller was let in with, and which state of it gave the powers. */
export type Watched =
  | { readonly kind: 'apiKey'; readonly keyId: string; readonly keyVersion?: string }
  | { readonly kind: 'session'; readonly sessionId: string; readonly role: Role }

interface Watching {
  readonly watched: Watched
  readonly onEnd: (reason: string) => void
}

function isWatchable(caller: Caller | Watched): caller is Watched {
  return caller.kind === 'apiKey' || caller.kind === 'session'
}

/**
 * Tells what was opened with a key or a session, and outlives the request that opened it, when that
 * is revoked, switched off, over or no longer gives the same powers. It asks the database once a
 * second for all of them at once, and only while there are any, so that it makes no difference who
 * ended them: this process, another or a command beside a running server.
 */
export class CallerWatch implements AsyncDisposable {
  readonly #options: CallerWatchOptions
  readonly #watched = new Set<Watching>()
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: CallerWatchOptions) {
    this.#options = options
  }

  /**
   * Calls `onEnd` once, at most 2 s after the key or session has ended, unless disposed before, and
   * says what has ended. Other callers have nothing that could.
   */
  watch(caller: Caller | Watched, onEnd: (reason: string) => void): Disposable | undefined {
    if (!isWatchable(caller)) return undefined
    const watching = { watched: caller, onEnd }
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
      const goesOn = await findLasting(
        this.#options,
        asked.map(({ watched }) => watched),
      )
      for (const watching of asked) {
        if (!goesOn(watching.watched)) this.#end(watching)
      }
    } catch (error) {
      this.#options.onError(error)
    }
    this.#timer = undefined
    this.#schedule()
  }

  #end(watching: Watching): void {
    // Whoever let go of it meanwhile is told nothing.
    if (!this.#watched.delete(watching)) return
    const what = watching.watched.kind === 'session' ? 'login' : 'API key'
    watching.onEnd(`the ${what} has ended`)
  }
}

/** Which of them still give the same powers. */
async function findLasting(
  ctx: Uses<'db' | 'clock'>,
  asked: readonly Watched[],
): Promise<(watched: Watched) => boolean> {
  const keyIds = asked.flatMap((one) => (one.kind === 'apiKey' ? [one.keyId] : []))
  const sessionIds = asked.flatMap((one) => (one.kind === 'session' ? [one.sessionId] : []))
  const versions = await findUsableKeys(ctx, [...new Set(keyIds)])
  const roles = await findRoles(ctx, [...new Set(sessionIds)])
  return (watched) => {
    if (watched.kind === 'session') return roles.get(watched.sessionId) === watched.role
    const version = versions.get(watched.keyId)
    return version !== undefined && version === (watched.keyVersion ?? version)
  }
}

async function findRoles(
  { db, clock }: Uses<'db' | 'clock'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Role>> {
  if (ids.length === 0) return new Map()
  const sessions = await db.run(liveSessions, { ids, nowSeconds: clock.nowSeconds() })
  return new Map(sessions.map(({ id, role }) => [id, role]))
}
