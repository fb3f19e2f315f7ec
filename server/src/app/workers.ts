import { setTimeout as sleep } from 'node:timers/promises'
import { jobCaller } from '../features/identity/index.ts'
import { applyRetention } from '../features/traces/index.ts'
import type { Context } from './context.ts'
import { importBeaconTraces } from './import-beacon.ts'

const retentionEveryMs = 60_000
const secondsPerDay = 86_400

/** What the server does by itself while it runs. */
export class Workers implements AsyncDisposable {
  readonly #context: Context
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []

  constructor(context: Context) {
    this.#context = context
  }

  start(): void {
    this.#context.searchIndex?.start()
    this.#running.push(this.#retain(), importBeaconTraces(this.#context, this.#stop.signal))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#running)
  }

  /** Keeps the store within the operator's bounds, if there are any. */
  async #retain(): Promise<void> {
    const { config, log } = this.#context
    const { retentionDays: days, retentionBytes: maxBytes } = config
    if (days === undefined && maxBytes === undefined) return
    const maxAgeSeconds = days === undefined ? undefined : days * secondsPerDay
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const caller = jobCaller('retention', ['traces:write'])
        const policy = { maxAgeSeconds, maxBytes }
        const deleted = await applyRetention({ ...this.#context, caller }, policy, signal)
        if (deleted > 0) log.info({ deleted }, 'old traces were deleted')
      } catch (error) {
        log.warn({ err: error }, 'old traces could not be deleted')
      }
      await sleep(retentionEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
