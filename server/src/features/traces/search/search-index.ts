import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../../platform/db/database.ts'
import type { EffectLogger } from '../../../platform/db/write-effects.ts'
import { Thread } from '../../../platform/threads/thread.ts'
import type { Candidates, Landmark, NewSegment, Progress } from './index-file.ts'
import { countUnindexed, forgetChanges, isIndexOf, nextSegment } from './index-store.ts'
import type { IndexCall } from './index-thread.ts'

export interface SearchIndexOptions {
  /** The index's own file; it may be deleted whenever the server does not run. */
  readonly path: string
  readonly db: Database
  readonly logger: EffectLogger
}

const idleMs = 500
const afterFailureMs = 30_000
/**
 * Idle time for each unit of work. While spans arrive ingest comes first and the index may fall
 * behind; from `farBehind` spans on it rests less, which slows the growth but does not bound it.
 */
const restPerWork = { quiet: 0.5, ingesting: 6, farBehind: 3 }
const farBehind = 100_000
/** Forgetting is a write of its own, so it waits for some segments. */
const segmentsPerForgetting = 16

const nothing: Progress = { lastSeq: 0, lastChange: 0 }

/**
 * The index of a SQLite database, kept up beside it. Readers of the database sign the text, a
 * thread of its own holds the file, and this class goes from one to the other. Only whole
 * segments are indexed; the rest is the searcher's to scan, so whatever fails here (a full disk,
 * a damaged file, a dead thread) costs time and never a hit.
 */
export class SearchIndex implements AsyncDisposable {
  readonly #db: Database
  readonly #logger: EffectLogger
  readonly #thread: Thread
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #isTrusted = false
  #segmentsToForget = 0
  #newestSeq = 0

  constructor({ path, db, logger }: SearchIndexOptions) {
    this.#db = db
    this.#logger = logger
    this.#thread = new Thread({
      name: 'search-index',
      entry: new URL('./index-thread.ts', import.meta.url),
      data: { path },
      youngHeap: 'small',
      onDeath: (error) => logger.error({ err: error }, 'search goes on without its index'),
    })
  }

  /** Indexes from now on, whenever there is enough to do. */
  start(): void {
    this.#running = this.#keepUp(this.#stop.signal)
  }

  /** Indexes all that fills a segment, without a rest. */
  async catchUp(): Promise<void> {
    let segment = await this.#indexNext()
    while (segment && !this.#stop.signal.aborted) segment = await this.#indexNext()
  }

  /** Where the forms may be, as far as the index goes; nowhere indexed when it cannot say. */
  async find(forms: readonly string[]): Promise<Candidates> {
    try {
      if (this.#isTrusted) return await this.#call<Candidates>({ kind: 'find', forms })
    } catch (error) {
      this.#distrust(error)
    }
    return { ...nothing, stretches: [] }
  }

  /** Spans that a search has to scan. */
  async unindexed(): Promise<number> {
    const progress = await this.#progress().catch(() => nothing)
    return this.#db.read((tx) => countUnindexed(tx, progress))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#thread[Symbol.asyncDispose]()
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#indexOne().catch((error: unknown) => {
        this.#distrust(error)
        return afterFailureMs
      })
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** Indexes one segment, if there is enough for one; gives how long to rest then. */
  async #indexOne(): Promise<number> {
    const startedMs = performance.now()
    const segment = await this.#indexNext()
    return segment ? (performance.now() - startedMs) * this.#restAfter(segment) : idleMs
  }

  /** Indexes the next segment and gives it; there may be more then. */
  async #indexNext(): Promise<NewSegment | undefined> {
    await this.#ensureTrust()
    const progress = await this.#progress()
    const segment = await this.#db.run(nextSegment, progress)
    if (segment) {
      await this.#call({ kind: 'add', segment, behind: progress }, [segment.bits.buffer])
      this.#segmentsToForget += segment.lastChange > progress.lastChange ? 1 : 0
    }
    const isTimeToForget = !segment || this.#segmentsToForget >= segmentsPerForgetting
    if (this.#segmentsToForget > 0 && isTimeToForget) await this.#forget()
    return segment
  }

  #restAfter({ newestSeq, lastSeq }: NewSegment): number {
    const isIngesting = newestSeq > this.#newestSeq
    this.#newestSeq = newestSeq
    if (!isIngesting) return restPerWork.quiet
    return newestSeq - lastSeq > farBehind ? restPerWork.farBehind : restPerWork.ingesting
  }

  async #forget(): Promise<void> {
    const { lastChange } = await this.#progress()
    await this.#db.write((tx) => forgetChanges(tx, lastChange))
    this.#segmentsToForget = 0
  }

  /** Before its first use, and after a failure: an index of other rows is begun anew. */
  async #ensureTrust(): Promise<void> {
    if (this.#isTrusted) return
    const progress = await this.#progress()
    const landmarks = await this.#call<Landmark[]>({ kind: 'landmarks' })
    const isOurs = await this.#db.read((tx) => isIndexOf(tx, progress, landmarks))
    if (!isOurs) await this.#call({ kind: 'reset' })
    this.#isTrusted = true
  }

  #distrust(error: unknown): void {
    this.#isTrusted = false
    if (this.#stop.signal.aborted) return
    this.#logger.warn({ err: error }, 'the search index failed; what it lacks is scanned')
  }

  #progress(): Promise<Progress> {
    return this.#call<Progress>({ kind: 'progress' })
  }

  #call<T>(call: IndexCall, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    return this.#thread.call<T>(call, transfer)
  }
}
