import type { Clock } from '../../platform/clock.ts'
import { CrashBackoff } from './crash-backoff.ts'
import { estimatedBytes } from './engine-budget.ts'
import { notReady, startupFailed, type EngineFault } from './engine-fault.ts'
import type { LoadedFacts } from './engine-protocol.ts'
import type { EngineProcess } from './engine-process.ts'
import type { EngineState, LoadedModel } from './engine.ts'
import { hidePaths } from './hide-paths.ts'
import { IdleTimer } from './idle-timer.ts'
import type { LoadPlan } from './load-plan.ts'
import { WaitQueue, type Lane, type Place } from './wait-queue.ts'

/** A job's place in a model; to be given back once, when the child is done with the job. */
export interface Lease {
  readonly process: EngineProcess
  release(isFinished: boolean): void
}

export interface ModelPowers {
  readonly clock: Clock
  readonly maxWaiting: number
  /** For models that were not given a time of their own. */
  readonly keepAliveSeconds: () => number
  readonly fork: (plan: LoadPlan) => EngineProcess
  /** Asks for memory; answered by `start` or `refuse`. */
  readonly askForRoom: (model: EngineModel) => void
  /** What it really takes is known, or it has nothing more to do. */
  readonly onSettled: (model: EngineModel) => void
  /** Something happened that others may wait for. */
  readonly onChange: () => void
}

/** Longer than this nobody is kept waiting for a model that keeps dying. */
const longestBackoffWaitMs = 5000
const retryWhenFullSeconds = 2

/**
 * One plan, and the child that runs it while there is one.
 *
 *     stopped ──start──▸ loading ──▸ ready ⇄ draining ──▸ stopped
 *        ▴                  │ refused   │        │
 *        └──────────────────┘           └────────┴──▸ crashed ──start──▸ loading
 *
 * `stopped` and `crashed` hold no memory; the first caller asks for room, and all who come until
 * then wait for the one start. `loading`: a refusal, an early exit or the start limit answers all
 * who wait. `ready`: callers are let in in order, as many as the model has sequences; when the last
 * is done the idle timer runs, and only then. `draining`: somebody needs the memory, or wants the
 * model gone. Whoever already ran or waited is served, whoever comes now is late and waits for the
 * next start; when nothing is left the child is stopped, unless the drain was called off before. A
 * child that goes without having been asked to leaves `crashed`: callers inside and in the queue get
 * an error, the next one makes a fresh start, after a pause if it crashes again and again.
 */
export class EngineModel {
  readonly plan: LoadPlan
  readonly #powers: ModelPowers
  readonly #backoff = new CrashBackoff()
  readonly #idle: IdleTimer
  readonly #queue = new WaitQueue<Lease>(() => this.#changed())
  readonly #running: Record<Lane, number> = { sequence: 0, embedding: 0, none: 0 }
  #state: EngineState = 'stopped'
  #process: EngineProcess | null = null
  #facts: LoadedFacts | null = null
  /** What it took when it was last loaded. */
  #knownBytes: number | null = null
  #loadedAt: number | null = null
  #lastUsedMs = 0
  #backoffTimer: NodeJS.Timeout | undefined
  #hasAsked = false
  #mustGo = false
  #isClosed = false

  constructor(plan: LoadPlan, powers: ModelPowers) {
    this.plan = plan
    this.#powers = powers
    this.#idle = new IdleTimer(powers.clock, powers.keepAliveSeconds, () => this.drain())
  }

  get state(): EngineState {
    return this.#state
  }

  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#queue.punctual === 0
  }

  /** Somebody waits for it to start. */
  get isWanted(): boolean {
    return this.#queue.length > 0
  }

  /** It holds no memory, and nobody would notice if it began anew. */
  get isForgettable(): boolean {
    const isAway = this.#state === 'stopped' || this.#state === 'crashed'
    const isQuiet = this.#backoff.isQuiet(this.#powers.clock.elapsedMs())
    return isAway && isQuiet && !this.isWanted && !this.#hasAsked
  }

  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  get memoryBytes(): number {
    return this.#knownBytes ?? estimatedBytes(this.plan)
  }

  /**
   * Waits for a place, and for the model before it. Throws EngineFault when there is none to be
   * had, UpstreamError when the signal aborts.
   */
  enter(place: Place): Promise<Lease> {
    const refusal = this.#refusal(place.lane)
    if (refusal) return Promise.reject(refusal)
    const lease = this.#queue.add(place, this.#state === 'draining')
    if (this.#state === 'ready') {
      place.onOpen?.()
      this.#letIn()
    } else if (!this.#process) this.#ask()
    return lease
  }

  /** There is room: forks the child, unless nobody wants it any more. */
  start(): void {
    this.#hasAsked = false
    if (this.#isClosed || this.#process || !this.isWanted) return
    try {
      this.#process = this.#powers.fork(this.plan)
    } catch (error) {
      this.refuse(startupFailed(this.plan.name, hidePaths(asError(error).message, this.plan)))
      return
    }
    this.#state = 'loading'
    void this.#follow(this.#process)
    this.#changed()
  }

  /** There is no room: whoever waits hears why. */
  refuse(fault: EngineFault): void {
    this.#hasAsked = false
    this.#queue.rejectPunctual(fault)
    this.#changed()
  }

  /** Lets nobody in any more; once idle it stops. */
  drain(): void {
    if (this.#state !== 'ready') return
    this.#state = 'draining'
    this.#idle.stop()
    this.#stopIfIdle()
    this.#changed()
  }

  /** Calls a drain off that has not come to its end. */
  reopen(): void {
    if (this.#state !== 'draining' || this.#mustGo || this.#process?.isStopping) return
    this.#state = 'ready'
    this.#queue.open()
    this.#letIn()
    this.#rest()
  }

  /** Resolves when its memory is free. */
  async unload(): Promise<void> {
    if (this.#state === 'loading') await this.#process?.ready.catch(() => undefined)
    this.#mustGo = true
    this.drain()
    if (!this.#process) this.#mustGo = false
    await this.#process?.gone
  }

  /** For this model alone; null for what holds for all. */
  keepFor(seconds: number | null): void {
    this.#idle.keepFor(seconds)
  }

  /** What holds for all has changed. */
  rearm(): void {
    this.#idle.rearm()
  }

  /** Nobody comes in any more, what runs is ended, the child goes. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#backoffTimer)
    this.#idle.stop()
    this.#queue.admitLate()
    this.#queue.rejectPunctual(stopping())
    await (this.#state === 'loading' ? this.#process?.kill() : this.#process?.stop())
  }

  /** Null unless it holds memory. */
  describe(): LoadedModel | null {
    if (this.#state === 'stopped' || this.#state === 'crashed') return null
    return {
      plan: this.plan,
      state: this.#state,
      pid: this.#process?.pid ?? null,
      inFlight: this.#inFlight,
      waiting: this.#queue.length,
      memoryBytes: this.memoryBytes,
      contextSize: this.#facts?.contextSize ?? null,
      loadedAt: this.#loadedAt,
      idleSince: this.#idle.since,
      unloadsAt: this.#idle.endsAt,
    }
  }

  get #inFlight(): number {
    return this.#running.sequence + this.#running.embedding + this.#running.none
  }

  #refusal(lane: Lane): EngineFault | null {
    if (this.#isClosed) return stopping()
    const waitMs = this.#process ? 0 : this.#backoff.waitMs(this.#powers.clock.elapsedMs())
    if (waitMs > longestBackoffWaitMs) {
      return notReady(`${this.plan.name} crashed several times in a row`, waitMs / 1000)
    }
    if (this.#queue.length < this.#powers.maxWaiting) return null
    if (this.#state === 'ready' && this.#hasRoom(lane)) return null
    return notReady(`too many requests wait for ${this.plan.name}`, retryWhenFullSeconds)
  }

  #ask(): void {
    if (this.#hasAsked) return
    this.#hasAsked = true
    const waitMs = this.#backoff.waitMs(this.#powers.clock.elapsedMs())
    if (waitMs === 0) this.#powers.askForRoom(this)
    else this.#backoffTimer = setTimeout(() => this.#powers.askForRoom(this), waitMs)
  }

  async #follow(process: EngineProcess): Promise<void> {
    process.ready.then(
      (facts) => this.#opened(facts),
      (error: unknown) => this.#queue.rejectPunctual(asError(error)),
    )
    const fault = await process.gone
    this.#process = null
    this.#facts = null
    this.#loadedAt = null
    this.#mustGo = false
    this.#idle.stop()
    this.#idle.keepFor(null)
    this.#state = process.isStopping ? 'stopped' : 'crashed'
    if (!process.isStopping) {
      this.#backoff.noteCrash(this.#powers.clock.elapsedMs())
      this.#queue.rejectPunctual(fault)
    }
    this.#queue.admitLate()
    if (this.isWanted) this.#ask()
    this.#changed()
  }

  #opened(facts: LoadedFacts): void {
    this.#facts = facts
    if (facts.memoryBytes > 0) this.#knownBytes = facts.memoryBytes
    this.#state = 'ready'
    this.#loadedAt = this.#powers.clock.nowSeconds()
    this.#queue.open()
    this.#letIn()
    if (this.isIdle) this.#idle.start()
    this.#powers.onSettled(this)
    this.#changed()
  }

  #letIn(): void {
    const process = this.#process
    if (!process || process.isGone || process.isStopping) return
    this.#queue.letIn((lane) => (this.#hasRoom(lane) ? this.#lease(process, lane) : undefined))
  }

  #hasRoom(lane: Lane): boolean {
    if (lane === 'none') return true
    const places = lane === 'embedding' ? 1 : (this.#facts?.sequences ?? 0)
    return this.#running[lane] < places
  }

  #lease(process: EngineProcess, lane: Lane): Lease {
    this.#running[lane] += 1
    this.#idle.stop()
    let isOut = false
    return {
      process,
      release: (isFinished) => {
        if (isOut) return
        isOut = true
        this.#running[lane] -= 1
        this.#lastUsedMs = this.#powers.clock.elapsedMs()
        if (isFinished) this.#backoff.noteFinishedJob()
        this.#letIn()
        this.#rest()
      },
    }
  }

  #rest(): void {
    if (!this.isIdle) return
    if (this.#state === 'ready') {
      this.#idle.start()
      this.#powers.onSettled(this)
    }
    this.#stopIfIdle()
    this.#changed()
  }

  #stopIfIdle(): void {
    if (this.#state === 'draining' && this.isIdle) void this.#process?.stop()
  }

  #changed(): void {
    this.#powers.onChange()
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function stopping(): EngineFault {
  return notReady('the server stops', 1)
}
