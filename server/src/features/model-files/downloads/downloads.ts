import type { Bus, Listener } from '../../../platform/bus/bus.ts'
import type { BusEvent } from '../../../platform/bus/event.ts'
import { deadAfterSeconds } from '../../../platform/process-life.ts'
import { discardPartial } from './discard-partial.ts'
import { isDownloadEvent } from './download-events.ts'
import { DownloadRun, type RunOptions } from './download-run.ts'
import { claimDownload, releaseDownloads } from './download-store.ts'
import type { Download } from './download.ts'
import { Hub, type HubOptions } from './hub.ts'

type Optional = 'onCompleted' | 'powers' | 'storeEveryMs' | 'tellEveryMs'

export interface DownloadsOptions
  extends Omit<RunOptions, 'hub' | 'bus' | Optional>, Partial<Pick<RunOptions, Optional>> {
  readonly bus: Bus
  readonly hub: HubOptions
  /** Presets of the operator's own, `{dataDir}/models.yaml`; it need not exist. */
  readonly presetsPath?: string
  /** How many files are fetched at once. Default 2. */
  readonly atOnce?: number
  /** How often downloads that other processes left are looked for. Default 60,000. */
  readonly lookEveryMs?: number
}

const discardMs = 30_000

/**
 * The downloads of this process. What is to be done stands in the database, first come, first served;
 * a few at once are taken from there, by one process each. A process that stops gives back what it
 * was at, and what a dead one left is found and gone on with.
 */
export class Downloads implements Listener, AsyncDisposable {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly presetsPath: string | null
  readonly #options: RunOptions
  readonly #atOnce: number
  readonly #lookEveryMs: number
  readonly #running = new Map<string, { readonly run: DownloadRun; readonly over: Promise<void> }>()
  readonly #watchers = new Map<string, Set<(download: Download | undefined) => void>>()
  readonly #hearing: Disposable
  #timer: NodeJS.Timeout | undefined
  #filling: Promise<void> | undefined
  #isWoken = false
  #isStopped = false

  /** Throws DomainError when the hub's address is none. */
  constructor(options: DownloadsOptions) {
    const { atOnce = 2, lookEveryMs = 60_000, presetsPath, hub, ...given } = options
    this.#options = {
      onCompleted: async () => undefined,
      powers: {},
      storeEveryMs: 3000,
      tellEveryMs: 250,
      ...given,
      hub: new Hub(hub),
    }
    this.#atOnce = atOnce
    this.#lookEveryMs = lookEveryMs
    this.presetsPath = presetsPath ?? null
    this.#hearing = options.bus.subscribe(this)
  }

  get hub(): Hub {
    return this.#options.hub
  }

  get hubDir(): string {
    return this.#options.library.hubDir
  }

  /** Begins with what waits in the database, and looks there from time to time. */
  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#lookEveryMs).unref()
    this.wake()
  }

  /** Something may wait. */
  wake(): void {
    this.#isWoken = true
    if (this.#isStopped || this.#timer === undefined) return
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined
      // Somebody may have called in the very moment in between.
      if (this.#isWoken) this.wake()
    })
  }

  /** How a download stands that this process is at. */
  live(id: string): Download | undefined {
    return this.#running.get(id)?.run.latest
  }

  /** Ends this process's part in a download, if it has any. */
  stop(id: string): void {
    this.#running.get(id)?.run.stop()
  }

  /** Calls back at each change, with nothing where it must be looked up. */
  watch(id: string, onChange: (download: Download | undefined) => void): Disposable {
    const watchers = this.#watchers.get(id) ?? new Set()
    this.#watchers.set(id, watchers.add(onChange))
    return {
      [Symbol.dispose]: () => {
        watchers.delete(onChange)
        if (watchers.size === 0) this.#watchers.delete(id)
      },
    }
  }

  hear(event: BusEvent): void {
    if (!isDownloadEvent(event)) return
    const { body, local } = event
    if (body.status !== 'pending') this.stop(body.id)
    if (body.status === 'completed' && local === undefined) this.#options.library.forget()
    // What was stored a moment ago must not be told after what has come since.
    const told = local?.status === 'pending' ? (this.live(body.id) ?? local) : local
    for (const onChange of this.#watchers.get(body.id) ?? []) onChange(told)
  }

  /** Throws away what has come of a file, if the hub tells in time what that is. */
  async discard(download: Download): Promise<void> {
    const { hub, powers, log } = this.#options
    await this.#running.get(download.id)?.over
    const signal = AbortSignal.timeout(discardMs)
    const wanted = { ...download, revision: download.snapshot ?? download.revision }
    try {
      await discardPartial({ hub, hubDir: this.hubDir, wanted, signal, powers })
    } catch (error) {
      log.warn({ err: error }, 'a part of a file could not be thrown away')
    }
  }

  /** What it was at waits again, for another process or for its next run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#hearing[Symbol.dispose]()
    await this.#filling
    for (const { run } of this.#running.values()) run.stop()
    await Promise.all([...this.#running.values()].map(({ over }) => over))
    const { db, log, processId, hub } = this.#options
    await hub[Symbol.asyncDispose]()
    try {
      await db.write((tx) => releaseDownloads(tx, processId))
    } catch (error) {
      log.warn({ err: error }, 'downloads could not be given back; they will be found later')
    }
  }

  async #fill(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      try {
        await this.#takeAll()
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the downloads that wait could not be read')
      }
    }
  }

  async #takeAll(): Promise<void> {
    const { db, clock, processId } = this.#options
    while (this.#running.size < this.#atOnce && !this.#isStopped) {
      const running = [...this.#running.keys()]
      const download = await db.write((tx) =>
        claimDownload(tx, { processId, running, at: clock.nowSeconds(), deadAfterSeconds }),
      )
      if (!download) return
      this.#begin(download)
    }
  }

  #begin(download: Download): void {
    const run = new DownloadRun(this.#options, download)
    const over = run.run().finally(() => {
      this.#running.delete(download.id)
      this.wake()
    })
    this.#running.set(download.id, { run, over })
  }
}
