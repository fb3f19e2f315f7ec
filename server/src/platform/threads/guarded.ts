import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../domain-error.ts'
import { began, type GuardedReply } from './guarded-protocol.ts'
import { Thread } from './thread.ts'
import type { Job } from './workroom.ts'

export interface GuardedLimits {
  /**
   * How long the job may work, by its thread's own clock: a busy machine gives it a part of each
   * second only. Loading its code does not count.
   */
  readonly limitMs: number
  /** Text by its length, other values at eight bytes. */
  readonly maxOutputBytes: number
  /** Given up on, the job is stopped and the call rejects with DomainError `cancelled`. */
  readonly signal?: AbortSignal
}

/** What came of a job: its value, or the limit that it ran into. */
export type GuardedOutcome<O> =
  | { readonly value: O }
  | { readonly stopped: 'time' | 'memory' | 'size' }

export interface GuardedRoomOptions {
  /** Jobs at a time; default 2. */
  readonly maxThreads?: number
  /** Jobs that wait for a thread; one more is refused. Default 64. */
  readonly maxWaiting?: number
  /** Memory of each thread; default 64. */
  readonly heapMb?: number
  /** After how long an idle thread ends; default 30 s. */
  readonly idleMs?: number
}

/** How long a thread may take to load a job's code on a busy machine. */
const startMs = 30_000

/** So many times its limit a job may take by the clock on the wall. */
const mostSlowness = 10
const leastPauseMs = 10

/**
 * Threads for work whose course somebody else decides: templates, patterns, schemas. A job that
 * takes too long or too much memory costs its thread, never the server. Jobs are pure functions that
 * name themselves as those of the workroom do; a thread that ended a job well takes the next one.
 */
export class GuardedRoom implements AsyncDisposable {
  readonly #options: Required<GuardedRoomOptions>
  readonly #idle: IdleThread[] = []
  readonly #all = new Set<GuardedThread>()
  readonly #waiting: Array<() => void> = []
  #running = 0
  #isClosing = false

  constructor(options: GuardedRoomOptions = {}) {
    this.#options = { maxThreads: 2, maxWaiting: 64, heapMb: 64, idleMs: 30_000, ...options }
  }

  /**
   * Runs one job. Throws what the job throws, and DomainError `unavailable` when too many wait or no
   * thread starts, `cancelled` by the signal.
   */
  async run<I, O>(job: Job<I, O>, input: I, limits: GuardedLimits): Promise<GuardedOutcome<O>> {
    await this.#turn(limits.signal)
    try {
      if (this.#isClosing) throw noThread()
      const thread = this.#take()
      try {
        return await thread.run(job, input, limits)
      } finally {
        if (thread.isDead) this.#all.delete(thread)
        else this.#keep(thread)
      }
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    for (const { timer } of this.#idle) clearTimeout(timer)
    this.#idle.length = 0
    await Promise.all([...this.#all].map((thread) => thread.end()))
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw cancelled()
    if (this.#running < this.#options.maxThreads) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#options.maxWaiting) {
      throw new DomainError('unavailable', 'Too much waits for a guarded thread', {
        retryable: true,
      })
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp)
        this.#running += 1
        resolve()
      }
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        reject(cancelled())
      }
      this.#waiting.push(begin)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  #take(): GuardedThread {
    const idle = this.#idle.pop()
    if (idle) {
      clearTimeout(idle.timer)
      return idle.thread
    }
    const thread = new GuardedThread(this.#options.heapMb)
    this.#all.add(thread)
    return thread
  }

  #keep(thread: GuardedThread): void {
    const entry: IdleThread = {
      thread,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(entry), 1)
        this.#all.delete(thread)
        void thread.end()
      }, this.#options.idleMs).unref(),
    }
    this.#idle.push(entry)
  }
}

interface IdleThread {
  readonly thread: GuardedThread
  readonly timer: NodeJS.Timeout
}

/** One thread and the job that it does now. */
class GuardedThread {
  readonly #thread: Thread
  #onBegin: (() => void) | undefined
  #isDead = false

  constructor(heapMb: number) {
    this.#thread = new Thread({
      name: 'guarded',
      entry: new URL('./guarded-thread.ts', import.meta.url),
      data: undefined,
      youngHeap: 'small',
      oldHeapMb: heapMb,
      onDeath: () => {
        this.#isDead = true
      },
      onNotice: (notice) => {
        if (notice === began) this.#onBegin?.()
      },
    })
  }

  get isDead(): boolean {
    return this.#isDead
  }

  async run<I, O>(job: Job<I, O>, input: I, limits: GuardedLimits): Promise<GuardedOutcome<O>> {
    const { limitMs, maxOutputBytes, signal } = limits
    const { module, name } = job
    const stopping = Promise.withResolvers<GuardedOutcome<O>>()
    const timer = setTimeout(() => stopping.reject(noThread()), startMs)
    const ended = new AbortController()
    this.#onBegin = () => {
      clearTimeout(timer)
      this.#spent(limitMs, ended.signal).then(
        () => stopping.resolve({ stopped: 'time' }),
        () => undefined,
      )
    }
    const giveUp = (): void => stopping.reject(cancelled())
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted === true) giveUp()
    let isAnswered = false
    const answer = this.#thread
      .call<GuardedReply<O>>({ module, name, input, maxOutputBytes })
      .catch((error: unknown) => outOfMemory(error))
      .finally(() => {
        isAnswered = true
      })
    try {
      return await Promise.race([answer, stopping.promise])
    } finally {
      clearTimeout(timer)
      ended.abort()
      signal?.removeEventListener('abort', giveUp)
      this.#onBegin = undefined
      if (!isAnswered) {
        answer.catch(() => undefined)
        await this.end()
      }
    }
  }

  /** Resolves once the thread has worked for so long; rejects by the signal. */
  async #spent(limitMs: number, signal: AbortSignal): Promise<void> {
    const begunMs = performance.now()
    const begunCpuMs = await this.#thread.cpuMs()
    for (;;) {
      const cpuMs = await this.#thread.cpuMs()
      const wallMs = performance.now() - begunMs
      const isTold = begunCpuMs !== undefined && cpuMs !== undefined
      const spentMs = isTold && wallMs < limitMs * mostSlowness ? cpuMs - begunCpuMs : wallMs
      if (spentMs >= limitMs) return
      await sleep(Math.max(limitMs - spentMs, leastPauseMs), undefined, { signal })
    }
  }

  async end(): Promise<void> {
    this.#isDead = true
    await this.#thread[Symbol.asyncDispose]()
  }
}

function outOfMemory(error: unknown): { readonly stopped: 'memory' } {
  const isMemory = error instanceof Error && 'code' in error
  if (isMemory && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return { stopped: 'memory' }
  throw error
}

function cancelled(): DomainError {
  return new DomainError('cancelled', 'The caller gave up')
}

function noThread(): DomainError {
  return new DomainError('unavailable', 'No guarded thread can be had', { retryable: true })
}
