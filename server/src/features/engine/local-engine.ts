import { randomIds } from '../../platform/ids.ts'
import { answerRequest } from './answer-work.ts'
import { domainErrorOf, EngineFault, notReady } from './engine-fault.ts'
import { EngineModel, type ModelPowers } from './engine-model.ts'
import { EngineProcess } from './engine-process.ts'
import { refusalReply } from './engine-reply.ts'
import { EngineRoom } from './engine-room.ts'
import type { EngineReply, EngineRequest, LoadedModel, LocalEngineOptions } from './engine.ts'
import type { LoadPlan } from './load-plan.ts'
import type { ReplyPowers } from './reply-facts.ts'

/** Models whose size is kept in mind although they are not loaded. */
const mostRemembered = 64

export interface LoadRequest {
  /** How long it stays after its last job; null for what holds for all. */
  readonly keepAliveSeconds: number | null
  readonly signal?: AbortSignal
}

/**
 * The models that run on this machine, each in a child process of its own, as a provider that
 * speaks OpenAI's dialect. Nothing is forked until a model is needed; `EngineModel` says when one
 * comes and goes, `EngineRoom` who makes room for it.
 */
export class LocalEngine implements AsyncDisposable {
  readonly #models = new Map<string, EngineModel>()
  readonly #room: EngineRoom
  readonly #powers: ModelPowers
  readonly #replies: ReplyPowers
  #keepAliveSeconds: number
  #mayUseGpu: boolean
  #isClosed = false

  constructor(options: LocalEngineOptions) {
    const { clock, ids = randomIds, memoryBytes, drainMs = 30_000, maxWaiting = 64 } = options
    this.#keepAliveSeconds = options.keepAliveSeconds
    this.#mayUseGpu = options.mayUseGpu ?? false
    this.#replies = { clock, ids }
    const models = () => this.#models.values()
    this.#room = new EngineRoom({ budgetBytes: memoryBytes, drainMs, models })
    this.#powers = {
      clock,
      maxWaiting,
      keepAliveSeconds: () => this.#keepAliveSeconds,
      fork: (plan) => forkFor(plan, { ...options, mayUseGpu: this.#mayUseGpu }),
      askForRoom: (model) => this.#room.ask(model),
      onSettled: (model) => this.#room.trim(model),
      onChange: () => this.#room.noteChange(),
    }
  }

  /**
   * Answers a request, once the model is loaded and has room. Refusals are replies with a status
   * and OpenAI's error. Throws UpstreamError for an abort and for the limit on the first token; the
   * chunks of a stream throw it also when the child dies.
   */
  async post(plan: LoadPlan, request: EngineRequest): Promise<EngineReply> {
    try {
      return await answerRequest(this.#modelOf(plan), request, this.#replies)
    } catch (error) {
      if (error instanceof EngineFault) return refusalReply(error.refusal)
      throw error
    }
  }

  /** Loads a model before it is needed. Throws DomainError, and UpstreamError for an abort. */
  async load(plan: LoadPlan, { keepAliveSeconds, signal }: LoadRequest): Promise<void> {
    try {
      const model = this.#modelOf(plan)
      const lease = await model.enter({ lane: 'none', signal })
      model.keepFor(keepAliveSeconds)
      lease.release(false)
    } catch (error) {
      throw error instanceof EngineFault ? domainErrorOf(error) : error
    }
  }

  /** Whatever runs this file goes, once its running jobs are done. */
  async unload({ path }: Pick<LoadPlan, 'path'>): Promise<void> {
    await Promise.all(this.#runningFile(path).map((model) => model.unload()))
  }

  /** The models that hold memory. */
  loaded(): readonly LoadedModel[] {
    return [...this.#models.values()].flatMap((model) => model.describe() ?? [])
  }

  /** Whether a model of this file is loaded, or somebody waits for one. */
  isUsing(path: string): boolean {
    return this.#runningFile(path).length > 0
  }

  /** For all models that were not given a time of their own; holds from now on. */
  setKeepAlive(seconds: number): void {
    this.#keepAliveSeconds = seconds
    for (const model of this.#models.values()) model.rearm()
  }

  /**
   * Whether models run on the best GPU whose engine is installed. Those that run otherwise go once
   * their running jobs are done, and start anew when they are next needed.
   */
  setGpuUse(mayUseGpu: boolean): void {
    if (mayUseGpu === this.#mayUseGpu) return
    this.#mayUseGpu = mayUseGpu
    for (const model of this.#models.values()) {
      if (model.describe() !== null) void model.unload()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#models.values()].map((model) => model.close()))
  }

  #modelOf(plan: LoadPlan): EngineModel {
    if (this.#isClosed) throw notReady('the server stops', 1)
    const key = keyOf(plan)
    const known = this.#models.get(key)
    if (known) return known
    for (const [other, model] of this.#models) {
      if (this.#models.size < mostRemembered) break
      if (model.isForgettable) this.#models.delete(other)
    }
    const model = new EngineModel(plan, this.#powers)
    this.#models.set(key, model)
    return model
  }

  #runningFile(path: string): readonly EngineModel[] {
    return [...this.#models.values()].filter(
      (model) => model.plan.path === path && (model.isWanted || model.describe() !== null),
    )
  }
}

/** Plans that say the same are one, whatever they are called and in whatever order they say it. */
function keyOf({ path, options }: LoadPlan): string {
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  return JSON.stringify([path, said.toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

function forkFor(plan: LoadPlan, options: LocalEngineOptions): EngineProcess {
  return new EngineProcess({
    plan,
    childModule: options.childModule ?? new URL('./child/engine-child.ts', import.meta.url),
    log: options.log.child({ model: plan.name }),
    maxThreads: options.maxThreads ?? null,
    mayUseGpu: options.mayUseGpu ?? false,
    startMs: options.startMs ?? 300_000,
    pingMs: options.pingMs ?? 5000,
    silentMs: options.silentMs ?? 30_000,
    stopMs: options.stopMs ?? 5000,
    abortMs: options.abortMs ?? 60_000,
  })
}
