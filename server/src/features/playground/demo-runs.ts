import { DomainError } from '../../platform/domain-error.ts'

interface Running {
  readonly ownerKey: string | null
  readonly stop: AbortController
  readonly ended: Promise<void>
}

export interface NewRun {
  readonly traceId: string
  /** Whose trace it is; null is the team's. */
  readonly ownerKey: string | null
  /** Stores that the run exists; the run does not start when it throws. */
  readonly begin: () => Promise<void>
  /** The work itself; it must end soon after the signal aborts and never reject. */
  readonly carryOut: (signal: AbortSignal) => Promise<void>
}

/** A run costs money at every step, so not many may go on at once. */
export const maxDemoRuns = 8

/**
 * The demo agents at work in this process. A run counts from before its first span is stored until
 * its last one is; past the bound a new one is refused, none waits. Disposing stops all of them
 * and resolves when their spans are closed.
 */
export class DemoRuns implements AsyncDisposable {
  readonly #running = new Map<string, Running>()
  readonly #stopping = new AbortController()

  get count(): number {
    return this.#running.size
  }

  /**
   * Begins a run and leaves it at work.
   * @throws DomainError `limit` when too many are at work, `unavailable` once the server stops,
   * and whatever `begin` throws.
   */
  async start({ traceId, ownerKey, begin, carryOut }: NewRun): Promise<void> {
    if (this.#stopping.signal.aborted) {
      throw new DomainError('unavailable', 'The server is stopping')
    }
    if (this.#running.size >= maxDemoRuns) {
      const message = `${maxDemoRuns} demo agents are at work: wait for one to end or stop it`
      throw new DomainError('limit', message, { retryable: true })
    }
    const stop = new AbortController()
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    this.#running.set(traceId, { ownerKey, stop, ended })
    const finish = (): void => {
      this.#running.delete(traceId)
      resolve()
    }
    try {
      await begin()
    } catch (error) {
      finish()
      throw error
    }
    void carryOut(stop.signal).then(finish, finish)
  }

  /** Stops a run and waits for its end; false when there is none that the asker may reach. */
  async cancel(traceId: string, mayReach: (ownerKey: string | null) => boolean): Promise<boolean> {
    const run = this.#running.get(traceId)
    if (run === undefined || !mayReach(run.ownerKey)) return false
    run.stop.abort(new DomainError('cancelled', 'The demo agent was stopped'))
    await run.ended
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    const running = [...this.#running.values()]
    for (const { stop } of running) {
      stop.abort(new DomainError('cancelled', 'The server was stopped'))
    }
    await Promise.all(running.map(({ ended }) => ended))
  }
}
