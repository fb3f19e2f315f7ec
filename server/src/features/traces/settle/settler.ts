import { setTimeout as sleep } from 'node:timers/promises'
import type { Listener } from '../../../platform/bus/bus.ts'
import type { BusEvent } from '../../../platform/bus/event.ts'
import type { EffectLogger } from '../../../platform/db/write-effects.ts'
import { allow, type Uses } from '../../identity/index.ts'
import { isSpansEvent } from '../events.ts'
import { settleGroup } from './settle-group.ts'

export interface SettlerOptions extends Uses<'db' | 'caller'> {
  readonly logger: EffectLogger
}

/** Spans of one trace mostly arrive close together; then one pass does for all of them. */
const afterSpansMs = 200
const afterFailureMs = 10_000
/** Finds what no event told of: left by another process, or written beside the server. */
const idleMs = 30_000
/** Idle time for each unit of work: the writer belongs to ingest first. */
const restPerWork = { quiet: 0.5, ingesting: 4 }

/**
 * Settles traces while the server runs: woken by spans that leave something to work out, soon
 * after them and never within their request. It works a little at a time and rests in between, so
 * a trace that grows by hundreds of batches is looked at a few times a second, not once a batch.
 * Several processes may do so on one database.
 */
export class Settler implements Listener, AsyncDisposable {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly #options: SettlerOptions
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined
  #isWoken = false
  #arrivals = 0

  constructor(options: SettlerOptions) {
    allow(options.caller, 'traces:write')
    this.#options = options
  }

  hear(event: BusEvent): void {
    if (!isSpansEvent(event)) return
    this.#arrivals += 1
    if (!event.body.isUnsettled) return
    this.#isWoken = true
    this.#wake()
  }

  start(): void {
    this.#running = this.#keepUp(this.#stop.signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#isWoken = false
        await this.#settle(signal)
      } catch (error) {
        if (signal.aborted) break
        this.#options.logger.warn(
          { err: error },
          'costs could not be worked out; they will be later',
        )
        await pause(afterFailureMs, signal)
      }
      await this.#untilWoken(idleMs, signal)
      await pause(afterSpansMs, signal)
    }
  }

  async #settle(signal: AbortSignal): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted;) {
      const arrivals = this.#arrivals
      const startedMs = performance.now()
      const report = await this.#options.db.enqueue(settleGroup, null, 0)
      isMore = report.isMore
      const workMs = performance.now() - startedMs
      const rest = arrivals === this.#arrivals ? restPerWork.quiet : restPerWork.ingesting
      await pause(workMs * rest, signal)
    }
  }

  async #untilWoken(mostMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return
    const woken = Promise.withResolvers<void>()
    this.#wake = woken.resolve
    const timer = setTimeout(woken.resolve, mostMs).unref()
    await woken.promise
    clearTimeout(timer)
    this.#wake = () => undefined
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
}
