import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../platform/log/create-log.ts'
import { crashed, EngineFault, startTimedOut, startupFailed } from './engine-fault.ts'
import type { EngineCommand, EngineNews, EngineRefusal, LoadedFacts } from './engine-protocol.ts'
import { forkChild, type LastWords } from './fork-child.ts'
import { hidePaths } from './hide-paths.ts'
import type { LoadPlan } from './load-plan.ts'

export type JobNews = Extract<EngineNews, { id: number }>
type JobCommand = Extract<EngineCommand, { type: 'generate' | 'embed' | 'count' }>
/** A job as it is asked for; the process numbers it. */
export type JobOrder =
  | Omit<Extract<JobCommand, { type: 'generate' }>, 'id'>
  | Omit<Extract<JobCommand, { type: 'embed' }>, 'id'>
  | Omit<Extract<JobCommand, { type: 'count' }>, 'id'>

/** Who is told about a job. One of the last two is the last thing told, once. */
export interface JobListener {
  news(news: JobNews): void
  /** The job is over in the child. */
  over(): void
  lost(fault: EngineFault): void
}

export interface RunningJob {
  /** The child may send so many tokens more. */
  credit(tokens: number): void
  /** It ends within a token. */
  abort(): void
}

export interface ProcessOptions {
  readonly plan: LoadPlan
  readonly childModule: URL
  readonly log: Log
  readonly maxThreads: number | null
  readonly mayUseGpu: boolean
  readonly startMs: number
  readonly pingMs: number
  readonly silentMs: number
  readonly stopMs: number
  readonly abortMs: number
}

interface Job {
  readonly listener: JobListener
  /** Runs from the abort on. */
  overdue?: NodeJS.Timeout
}

/** How long what a dead child said may still be on its way. */
const lastWordsMs = 500

/**
 * One child and the model in it, from the fork to the exit:
 *
 *     loading → ready → gone
 *
 * It may go at any time: because it was asked to, because it died, or because it was killed for
 * being silent too long. Whatever the reason, each job's listener hears of it exactly once, `ready`
 * rejects if it had not come, and `gone` resolves when the operating system has let go of it.
 */
export class EngineProcess {
  readonly #options: ProcessOptions
  readonly #child: ChildProcess
  readonly #lastWords: LastWords
  readonly #jobs = new Map<number, Job>()
  readonly #ready = Promise.withResolvers<LoadedFacts>()
  readonly #gone = Promise.withResolvers<EngineFault>()
  readonly #startTimer: NodeJS.Timeout
  /** Nothing more can come from it. */
  readonly #silence: Promise<unknown>
  #heartbeat: NodeJS.Timeout | undefined
  #unanswered = 0
  #nextId = 1
  #isStopping = false
  #fault: EngineFault | null = null
  #killedFor: string | null = null
  #startFault: EngineFault | null = null

  constructor(options: ProcessOptions) {
    const { plan, childModule, log, startMs, maxThreads, mayUseGpu } = options
    this.#options = options
    const { child, lastWords } = forkChild(childModule, log, (line) => hidePaths(line, plan))
    this.#child = child
    this.#lastWords = lastWords
    this.#ready.promise.catch(() => undefined)
    child.on('message', (news) => this.#receive(asNews(news)))
    this.#silence = Promise.all([happens(child, 'close'), happens(child, 'disconnect')])
    child.once('error', (error) => this.#failedToRun(error))
    child.once('exit', (code, signal) => void this.#exited(signal ?? `code ${code}`))
    this.#startTimer = setTimeout(() => this.#giveUp(startTimedOut(plan.name, startMs)), startMs)
    this.#send({ type: 'load', plan, maxThreads, mayUseGpu })
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  /** Whether it went, or goes, because it was asked to. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Rejects with EngineFault. */
  get ready(): Promise<LoadedFacts> {
    return this.#ready.promise
  }

  /** Resolves with what is said to those who needed it. Never rejects. */
  get gone(): Promise<EngineFault> {
    return this.#gone.promise
  }

  get isGone(): boolean {
    return this.#fault !== null
  }

  run(order: JobOrder, listener: JobListener): RunningJob {
    if (this.#fault) {
      const fault = this.#fault
      queueMicrotask(() => listener.lost(fault))
      return { credit: () => undefined, abort: () => undefined }
    }
    const id = this.#nextId++
    this.#jobs.set(id, { listener })
    this.#send({ ...order, id })
    return {
      credit: (tokens) => this.#send({ type: 'credit', id, tokens }),
      abort: () => this.#abort(id, order),
    }
  }

  /**
   * NOTE: some grammars keep the engine at one token for ever, where it hears nothing. Who asked is
   * gone, and the sequence would be lost.
   */
  #abort(id: number, { type }: JobOrder): void {
    this.#send({ type: 'abort', id })
    const job = this.#jobs.get(id)
    if (!job || job.overdue || type !== 'generate') return
    const { abortMs } = this.#options
    job.overdue = setTimeout(() => {
      this.#killedFor ??= `an answer could not be ended for ${abortMs / 1000} s`
      this.#child.kill('SIGKILL')
    }, abortMs)
    job.overdue.unref()
  }

  /** Ends what runs, then the child: by asking, and after the grace by force. */
  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      for (const id of this.#jobs.keys()) this.#send({ type: 'abort', id })
      this.#send({ type: 'stop' })
    }
    const grace = new AbortController()
    const patience = sleep(this.#options.stopMs, true, { signal: grace.signal, ref: false })
    const isLate = await Promise.race([this.gone, patience.catch(() => false)])
    grace.abort()
    if (isLate === true) this.#child.kill('SIGKILL')
    await this.gone
  }

  /** For a child that has nothing to lose. */
  async kill(): Promise<void> {
    this.#isStopping = true
    this.#child.kill('SIGKILL')
    await this.gone
  }

  #receive(news: EngineNews): void {
    switch (news.type) {
      case 'loading':
        break
      case 'ready':
        this.#begin(news.facts)
        break
      case 'unloadable':
        this.#giveUp(new EngineFault(this.#shown(news.refusal)))
        break
      case 'pong':
        this.#unanswered = 0
        break
      case 'refused':
        this.#tell({ ...news, refusal: this.#shown(news.refusal) })
        break
      default:
        this.#tell(news)
    }
  }

  /** What is the request's fault speaks of the request alone; anything else may name files. */
  #shown(refusal: EngineRefusal): EngineRefusal {
    if (refusal.status === 400) return refusal
    return { ...refusal, message: hidePaths(refusal.message, this.#options.plan) }
  }

  #begin(facts: LoadedFacts): void {
    clearTimeout(this.#startTimer)
    this.#heartbeat = setInterval(() => this.#ping(), this.#options.pingMs)
    this.#heartbeat.unref()
    this.#ready.resolve(facts)
  }

  /** Counts questions, not time: while we ourselves are held up we neither ask nor hear. */
  #ping(): void {
    const { pingMs, silentMs } = this.#options
    if (this.#unanswered * pingMs >= silentMs) {
      this.#killedFor = `it was silent for ${silentMs / 1000} s`
      this.#child.kill('SIGKILL')
      return
    }
    this.#unanswered += 1
    this.#send({ type: 'ping', at: performance.now() })
  }

  #tell(news: JobNews): void {
    const job = this.#jobs.get(news.id)
    if (!job) return
    const { listener } = job
    const isLast = news.type !== 'begun' && news.type !== 'tokens'
    if (isLast) {
      clearTimeout(job.overdue)
      this.#jobs.delete(news.id)
    }
    listener.news(news)
    if (isLast) listener.over()
  }

  #giveUp(fault: EngineFault): void {
    clearTimeout(this.#startTimer)
    this.#startFault = fault
    this.#isStopping = true
    this.#ready.reject(fault)
    this.#child.kill('SIGKILL')
  }

  #failedToRun(error: Error): void {
    this.#killedFor ??= hidePaths(error.message, this.#options.plan)
    if (this.#child.pid === undefined) this.#finish(this.#killedFor)
    else this.#child.kill('SIGKILL')
  }

  /** What it said before it died may come after the news of its death. */
  async #exited(how: string): Promise<void> {
    const limit = new AbortController()
    const patience = sleep(lastWordsMs, undefined, { signal: limit.signal })
    await Promise.race([this.#silence, patience.catch(() => undefined)])
    limit.abort()
    this.#finish(how)
  }

  #finish(how: string): void {
    if (this.#fault) return
    clearTimeout(this.#startTimer)
    clearInterval(this.#heartbeat)
    const { log, plan } = this.#options
    const { name } = plan
    const reason = this.#killedFor ?? how
    if (!this.#isStopping) log.warn({ reason }, 'the engine of a model died')
    const words = this.#lastWords.text
    const said = words === '' ? reason : `${reason}\n${words}`
    this.#ready.reject(this.#startFault ?? startupFailed(name, said))
    const fault = crashed(name, reason)
    this.#fault = fault
    for (const { listener, overdue } of this.#jobs.values()) {
      clearTimeout(overdue)
      listener.lost(fault)
    }
    this.#jobs.clear()
    this.#gone.resolve(fault)
  }

  /** A child that is gone hears nothing; that it is gone is told elsewhere. */
  #send(command: EngineCommand): void {
    if (this.#child.connected) this.#child.send(command, () => undefined)
  }
}

function happens(child: ChildProcess, event: 'close' | 'disconnect'): Promise<void> {
  return new Promise((resolve) => {
    child.once(event, () => resolve())
  })
}

// Both ends of the channel live in this repository.
function asNews(message: unknown): EngineNews {
  return message as EngineNews
}
