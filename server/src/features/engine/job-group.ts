import { UpstreamError, type UpstreamFault } from '../../platform/upstream/upstream-error.ts'
import { EngineFault, notReady } from './engine-fault.ts'
import type { EngineModel, Lease } from './engine-model.ts'
import type { JobNews, JobOrder, RunningJob } from './engine-process.ts'
import type { Lane } from './wait-queue.ts'
import { abortedBy } from './wait-queue.ts'

/** What one of the jobs said; `index` is its place among them. */
export interface GroupNews {
  readonly index: number
  readonly news: JobNews
}

export interface GroupOptions {
  readonly signal?: AbortSignal | undefined
  /** From when the model is loaded to the first token. */
  readonly firstByteMs?: number | undefined
}

/** Tokens that a model may be ahead of its reader. */
export const creditTokens = 64

interface Member {
  running: RunningJob | null
  /** Read, and not yet given back as credit. */
  owed: number
  isOver: boolean
}

/**
 * The jobs of one request, from the queue to their ends, and what they say for the one reader in
 * the order in which it came. Credit goes back as it is read. The first failure ends all of them
 * and reaches the reader after what came before. Stopping it ends each job within a token; a place
 * in the model is given back only when the child is done with the job.
 */
export class JobGroup {
  readonly #members: readonly Member[]
  readonly #leaving = new AbortController()
  readonly #release: () => void
  #said: GroupNews[] = []
  #failure: Error | null = null
  #waiting: PromiseWithResolvers<void> | null = null
  #firstByte: NodeJS.Timeout | null = null
  #hasSpoken = false

  constructor(model: EngineModel, orders: readonly JobOrder[], options: GroupOptions) {
    const { signal, firstByteMs } = options
    this.#members = orders.map(() => ({ running: null, owed: 0, isOver: false }))
    const follow = () => this.#fail(abortedBy(signal))
    signal?.addEventListener('abort', follow, { once: true })
    this.#release = () => signal?.removeEventListener('abort', follow)
    if (signal?.aborted) follow()
    else orders.forEach((order, index) => void this.#join(model, order, { index, firstByteMs }))
  }

  /**
   * What was said since it was last asked; waits until there is something. Throws EngineFault, or
   * UpstreamError for an abort and for the wait for the first token.
   */
  async next(): Promise<readonly GroupNews[]> {
    while (this.#said.length === 0) {
      if (this.#failure) throw this.#failure
      this.#waiting = Promise.withResolvers()
      await this.#waiting.promise
    }
    const said = this.#said
    this.#said = []
    this.#giveCredit(said)
    return said
  }

  /** The reader has left. */
  stop(reason: string): void {
    this.#fail(new UpstreamError({ kind: 'aborted', reason }, 1))
  }

  async #join(
    model: EngineModel,
    order: JobOrder,
    { index, firstByteMs }: { readonly index: number; readonly firstByteMs: number | undefined },
  ): Promise<void> {
    const onOpen = () => this.#limitFirst(firstByteMs)
    try {
      const place = { lane: laneOf(order), signal: this.#leaving.signal, onOpen }
      this.#begin(await model.enter(place), order, index)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #begin(lease: Lease, order: JobOrder, index: number): void {
    const member = this.#members[index]
    if (!member || this.#failure) {
      lease.release(false)
      return
    }
    member.running = lease.process.run(order, {
      news: (news) => this.#hear(index, news),
      over: () => {
        member.isOver = true
        lease.release(true)
        if (this.#members.every(({ isOver }) => isOver)) this.#release()
      },
      lost: (fault) => {
        member.isOver = true
        lease.release(false)
        this.#fail(fault)
      },
    })
  }

  #hear(index: number, news: JobNews): void {
    if (this.#failure) return
    if (news.type === 'refused') {
      this.#fail(new EngineFault(news.refusal))
      return
    }
    if (news.type === 'ended' && news.end.reason === 'aborted') {
      this.#fail(notReady('the model stops', 1))
      return
    }
    if (news.type !== 'begun' && !this.#hasSpoken) this.#speaks()
    this.#said.push({ index, news })
    this.#wake()
  }

  #limitFirst(afterMs: number | undefined): void {
    if (afterMs === undefined || this.#firstByte || this.#hasSpoken || this.#failure) return
    const fault: UpstreamFault = { kind: 'timeout', phase: 'first-byte', afterMs }
    this.#firstByte = setTimeout(() => this.#fail(new UpstreamError(fault, 1)), afterMs)
  }

  #speaks(): void {
    this.#hasSpoken = true
    if (this.#firstByte) clearTimeout(this.#firstByte)
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.#speaks()
    this.#release()
    this.#leaving.abort()
    for (const { running, isOver } of this.#members) if (!isOver) running?.abort()
    this.#wake()
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = null
  }

  #giveCredit(said: readonly GroupNews[]): void {
    for (const { index, news } of said) {
      const member = this.#members[index]
      if (!member || news.type !== 'tokens') continue
      member.owed += news.count
      // Half of it at once: fewer messages, and the model never waits for a reader that keeps up.
      if (member.owed < creditTokens / 2 || member.isOver) continue
      member.running?.credit(member.owed)
      member.owed = 0
    }
  }
}

function laneOf({ type }: JobOrder): Lane {
  if (type === 'generate') return 'sequence'
  return type === 'embed' ? 'embedding' : 'none'
}
