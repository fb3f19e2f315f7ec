import type { Clock } from '../../../platform/clock.ts'
import type { Bus } from '../../../platform/bus/bus.ts'
import type { Database } from '../../../platform/db/database.ts'
import { toStorableText } from '../../../platform/db/storable-text.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import type { Log } from '../../../platform/log/create-log.ts'
import type { ModelFile } from '../model-file.ts'
import type { ModelLibrary } from '../model-library.ts'
import { discardPartial } from './discard-partial.ts'
import { downloadEvent } from './download-events.ts'
import { findDownload, saveOwn } from './download-store.ts'
import type { Download } from './download.ts'
import { codeOf } from './hub-error.ts'
import type { Hub } from './hub.ts'
import { transferFile, type TransferPowers } from './transfer-file.ts'
import type { TransferProgress } from './transfer-progress.ts'

export interface RunOptions {
  readonly db: Database
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly processId: string
  readonly library: Pick<ModelLibrary, 'forget' | 'hubDir'>
  readonly hub: Hub
  /** Told before the download is said to be complete; what it throws is noted there. */
  readonly onCompleted: (download: Download, file: ModelFile) => Promise<void>
  readonly powers: Partial<TransferPowers>
  /** How often progress is stored, and told within this process, at most. */
  readonly storeEveryMs: number
  readonly tellEveryMs: number
}

/**
 * One download at work in this process. While it is the process's own, its row says how far it is;
 * as soon as it is not (cancelled, or taken over because this process seemed dead), it stops and
 * leaves the row alone.
 */
export class DownloadRun {
  readonly #options: RunOptions
  readonly #stop = new AbortController()
  #latest: Download
  #storing: Promise<void> | undefined
  #storedMs = Number.NEGATIVE_INFINITY
  #toldMs = Number.NEGATIVE_INFINITY
  #telling: NodeJS.Timeout | undefined

  constructor(options: RunOptions, download: Download) {
    this.#options = options
    this.#latest = download
  }

  get latest(): Download {
    return this.#latest
  }

  /** Ends the transfer; what has come stays. */
  stop(): void {
    clearTimeout(this.#telling)
    this.#stop.abort()
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { hub, library, powers } = this.#options
    const { signal } = this.#stop
    const wanted = this.#latest
    const onProgress = (progress: TransferProgress): void => this.#note(progress)
    try {
      const { hubDir } = library
      const done = await transferFile({ hub, hubDir, wanted, signal, onProgress, powers })
      library.forget()
      await this.#dropOutdated(wanted, done.file)
      await this.#complete(done.file)
    } catch (error) {
      if (!signal.aborted) await this.#end({ status: 'error', ...this.#explain(error) })
    } finally {
      clearTimeout(this.#telling)
    }
    await this.#storing
  }

  #note(progress: TransferProgress): void {
    const { totalBytes, snapshot, bytes, bytesPerSecond, phase } = progress
    const hasCome = phase === 'downloading' && { downloadedBytes: bytes, bytesPerSecond }
    const updatedAt = this.#options.clock.nowSeconds()
    this.#latest = { ...this.#latest, totalBytes, snapshot, updatedAt, ...hasCome }
    const nowMs = this.#options.clock.elapsedMs()
    const waitMs = this.#toldMs + this.#options.tellEveryMs - nowMs
    if (waitMs <= 0) this.#tell()
    // A transfer that stands still is told how far it came.
    else this.#telling ??= setTimeout(() => this.#tell(), waitMs).unref()
    if (this.#storing || nowMs - this.#storedMs < this.#options.storeEveryMs) return
    this.#storedMs = nowMs
    this.#storing = this.#store().finally(() => {
      this.#storing = undefined
    })
  }

  #tell(): void {
    clearTimeout(this.#telling)
    this.#telling = undefined
    this.#toldMs = this.#options.clock.elapsedMs()
    this.#options.bus.publish(downloadEvent(this.#latest))
  }

  /** Also what makes the other processes hear of it. */
  async #store(): Promise<void> {
    try {
      if (!(await this.#save(this.#latest))) this.stop()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the progress of a download could not be stored')
    }
  }

  async #save(download: Download): Promise<boolean> {
    const { db, processId } = this.#options
    return db.write(async (tx) => {
      const isOwn = await saveOwn(tx, processId, download)
      if (isOwn) tx.publish(downloadEvent(download))
      return isOwn
    })
  }

  /** What came of a content that the hub has replaced since: nothing would ever go on with it. */
  async #dropOutdated({ snapshot: revision, ...file }: Download, { snapshot }: ModelFile) {
    if (revision === null || revision === snapshot) return
    const { hub, library, powers } = this.#options
    const { hubDir } = library
    const wanted = { ...file, revision }
    const { signal } = this.#stop
    await discardPartial({ hub, hubDir, wanted, signal, powers }).catch(() => undefined)
  }

  async #complete(file: ModelFile): Promise<void> {
    const { db, onCompleted } = this.#options
    const { sizeBytes, snapshot } = file
    const facts = { snapshot, totalBytes: sizeBytes, downloadedBytes: sizeBytes ?? 0 }
    this.#latest = { ...this.#latest, ...facts }
    // Somebody may have said meanwhile what the file is to be called.
    const stored = await db.read((tx) => findDownload(tx, this.#latest.id))
    const named = { ...this.#latest, alias: stored?.alias ?? this.#latest.alias }
    const fault = await onCompleted(named, file).then(
      () => ({}),
      (error: unknown) => this.#explain(error),
    )
    await this.#end({ status: 'completed', ...fault })
  }

  async #end(how: Partial<Pick<Download, 'status' | 'error' | 'errorCode'>>): Promise<void> {
    clearTimeout(this.#telling)
    await this.#storing
    const updatedAt = this.#options.clock.nowSeconds()
    const ended = { ...this.#latest, ...how, updatedAt, bytesPerSecond: null }
    try {
      await this.#save(ended)
    } catch (error) {
      // It is still pending then, and is taken up again: nothing of the file is lost.
      this.#options.log.warn({ err: error }, 'the end of a download could not be stored')
    }
  }

  #explain(error: unknown): Pick<Download, 'error' | 'errorCode'> {
    if (error instanceof DomainError) {
      return { error: toStorableText(error.message), errorCode: codeOf(error) }
    }
    this.#options.log.warn({ err: error }, 'a download failed for a reason of our own')
    return { error: 'Something went wrong in the server', errorCode: 'internal_server_error' }
  }
}
