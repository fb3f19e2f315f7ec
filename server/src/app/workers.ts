import { setTimeout as sleep } from 'node:timers/promises'
import { deleteRunsBefore } from '../features/activations/index.ts'
import { dropExpiredAnswers } from '../features/completion/index.ts'
import { importJobs } from '../features/datasets/index.ts'
import { embeddingJobs } from '../features/deployments/index.ts'
import { executionJobs } from '../features/executions/index.ts'
import { dropExpiredSessions, jobCaller } from '../features/identity/index.ts'
import { endAbandonedLogs, warmLogs } from '../features/inference-logs/index.ts'
import { applyRetention, closeAbandonedSpans, Settler } from '../features/traces/index.ts'
import {
  dailyDeliveryCleanUp,
  deliveryCleanUpJobs,
  webhookJobs,
} from '../features/webhooks/index.ts'
import type { Context } from './context.ts'
import { importBeaconTraces } from './import-beacon.ts'

const retentionEveryMs = 60_000
const abandonedEveryMs = 60_000
const expiredEveryMs = 60_000
const secondsPerDay = 86_400

/** What the server does by itself while it runs. */
export class Workers implements AsyncDisposable {
  readonly #context: Context
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []
  readonly #settler: Settler
  readonly #hearing: Disposable

  constructor(context: Context) {
    this.#context = context
    const { db, log: logger, store } = context
    this.#settler = new Settler({ db, logger, caller: jobCaller('settling', ['traces:write']) })
    this.#hearing = store.bus.subscribe(this.#settler)
    context.jobs.register(executionJobs(context))
    context.jobs.register(embeddingJobs(context))
    context.jobs.register(importJobs(context))
    context.jobs.register(webhookJobs(context))
    context.jobs.register(deliveryCleanUpJobs(context))
    context.jobs.recurring(dailyDeliveryCleanUp)
  }

  start(): void {
    this.#context.searchIndex?.start()
    this.#settler.start()
    this.#context.downloads.start()
    this.#context.jobs.start()
    const { signal } = this.#stop
    this.#running.push(
      this.#retain(),
      this.#closeAbandoned(),
      this.#warmLogs(),
      this.#dropOldAnswers(),
      this.#dropOldSessions(),
      importBeaconTraces(this.#context, signal),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.jobs.stop()
    this.#stop.abort()
    this.#hearing[Symbol.dispose]()
    await this.#settler[Symbol.asyncDispose]()
    await Promise.allSettled(this.#running)
  }

  /** Does it now and again after each wait; a failure is told, and passed over. */
  async #every(ms: number, complaint: string, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await work().catch((error: unknown) => this.#context.log.warn({ err: error }, complaint))
      await sleep(ms, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Keeps the store within the operator's bounds, if there are any. */
  async #retain(): Promise<void> {
    const { retentionDays: days, retentionBytes: maxBytes } = this.#context.config
    if (days === undefined && maxBytes === undefined) return
    const maxAgeSeconds = days === undefined ? undefined : days * secondsPerDay
    await this.#every(retentionEveryMs, 'old traces could not be deleted', async () => {
      const caller = jobCaller('retention', ['traces:write'])
      const policy = { maxAgeSeconds, maxBytes }
      const ctx = { ...this.#context, caller }
      const deleted = await applyRetention(ctx, policy, this.#stop.signal)
      if (deleted > 0) this.#context.log.info({ deleted }, 'old traces were deleted')
      await this.#retainRuns(maxAgeSeconds)
    })
  }

  /** Only their age counts: they are few. */
  async #retainRuns(maxAgeSeconds: number | undefined): Promise<void> {
    if (maxAgeSeconds === undefined) return
    const { clock, log } = this.#context
    const ctx = { ...this.#context, caller: jobCaller('retention', ['traces:write']) }
    const before = clock.nowSeconds() - maxAgeSeconds
    const deleted = await deleteRunsBefore(ctx, before, this.#stop.signal)
    if (deleted > 0) log.info({ deleted }, 'old activation runs were deleted')
  }

  async #dropOldAnswers(): Promise<void> {
    const caller = jobCaller('response-cache', ['completions:run'])
    await this.#every(expiredEveryMs, 'old answers of models could not be dropped', () =>
      dropExpiredAnswers({ ...this.#context, caller }, this.#stop.signal),
    )
  }

  async #dropOldSessions(): Promise<void> {
    await this.#every(expiredEveryMs, 'sessions that are over could not be dropped', () =>
      dropExpiredSessions(this.#context),
    )
  }

  /** The first readers find the newest logs at hand; without them they only wait longer. */
  async #warmLogs(): Promise<void> {
    await warmLogs(this.#context, this.#stop.signal).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'the newest logs could not be read ahead')
    })
  }

  /** Closes what processes that died have left open; the last run of this server among them. */
  async #closeAbandoned(): Promise<void> {
    const { processId, log } = this.#context
    const { signal } = this.#stop
    const complaint = 'spans that a stopped server left open could not be closed'
    await this.#every(abandonedEveryMs, complaint, async () => {
      const caller = jobCaller('abandoned-spans', ['traces:write', 'logs:write'])
      const ctx = { ...this.#context, caller }
      const closed = await closeAbandonedSpans(ctx, processId, signal)
      if (closed > 0) await endAbandonedLogs(ctx, signal)
      if (closed > 0) log.info({ closed }, 'spans that a stopped server left open were closed')
    })
  }
}
