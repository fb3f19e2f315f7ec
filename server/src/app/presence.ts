import { jobCaller, type Caller } from '../features/identity/index.ts'
import { endProcess, keepProcess } from '../features/traces/index.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log/create-log.ts'

const beatEveryMs = 15_000

export interface PresenceOptions {
  readonly db: Database
  readonly log: Pick<Log, 'warn'>
  readonly processId: string
}

/**
 * This process among those that share one database: while it says so every few seconds, the others
 * leave the spans alone that it has open. It says so before it can open any.
 */
export class Presence implements AsyncDisposable {
  readonly #options: PresenceOptions
  readonly #timer: NodeJS.Timeout
  #beating: Promise<void> = Promise.resolve()

  /** Throws DomainError when the database cannot be written. */
  static async begin(options: PresenceOptions): Promise<Presence> {
    const { db, processId } = options
    await keepProcess({ db, caller: presenceCaller() }, processId)
    return new Presence(options)
  }

  private constructor(options: PresenceOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#beating = this.#beat()
    }, beatEveryMs).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
    const { db, log, processId } = this.#options
    try {
      await endProcess({ db, caller: presenceCaller() }, processId)
    } catch (error) {
      log.warn({ err: error }, 'this process could not say that it ends')
    }
  }

  async #beat(): Promise<void> {
    const { db, log, processId } = this.#options
    try {
      await keepProcess({ db, caller: presenceCaller() }, processId)
    } catch (error) {
      log.warn({ err: error }, 'this process could not say that it is alive')
    }
  }
}

function presenceCaller(): Caller {
  return jobCaller('presence', ['traces:write'])
}
