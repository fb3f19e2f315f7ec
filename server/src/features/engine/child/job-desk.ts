import type { EngineCommand, EngineNews, GenerateEnd } from '../engine-protocol.ts'
import { generate } from './generate.ts'
import type { LoadedModel } from './load-model.ts'
import { asRefusal } from './refusal.ts'
import { TokenOutlet } from './token-outlet.ts'

type JobCommand = Extract<EngineCommand, { type: 'generate' | 'embed' | 'count' }>

interface RunningJob {
  readonly abort: AbortController
  readonly outlet: TokenOutlet | null
}

/**
 * The jobs of one loaded model. Each ends with exactly one of `ended`, `embedded`, `counted` and
 * `refused`; whatever goes wrong in one concerns no other.
 */
export class JobDesk {
  readonly #model: LoadedModel
  readonly #send: (news: EngineNews) => void
  readonly #jobs = new Map<number, RunningJob>()
  #idle: (() => void) | null = null

  constructor(model: LoadedModel, send: (news: EngineNews) => void) {
    this.#model = model
    this.#send = send
  }

  async run(command: JobCommand): Promise<void> {
    const { id } = command
    const abort = new AbortController()
    const outlet =
      command.type === 'generate' ? new TokenOutlet(this.#send, id, command.credit) : null
    this.#jobs.set(id, { abort, outlet })
    try {
      this.#send(await this.#answer(command, abort.signal, outlet))
    } catch (error) {
      this.#send({ type: 'refused', id, refusal: asRefusal(error, 'server_error-engine_error') })
    } finally {
      this.#jobs.delete(id)
      if (this.#jobs.size === 0) this.#idle?.()
    }
  }

  credit(id: number, tokens: number): void {
    this.#jobs.get(id)?.outlet?.give(tokens)
  }

  abort(id: number): void {
    this.#jobs.get(id)?.abort.abort()
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    if (this.#jobs.size === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  async #answer(
    command: JobCommand,
    signal: AbortSignal,
    outlet: TokenOutlet | null,
  ): Promise<EngineNews> {
    const { id } = command
    if (command.type === 'count') {
      const tokens = await this.#model.prompts.count(command.prompt, signal)
      return { type: 'counted', id, tokens }
    }
    if (command.type === 'embed') {
      const embedded = await this.#model.embedder.embed(command.inputs, signal)
      return embedded ? { type: 'embedded', id, ...embedded } : { type: 'ended', id, end: aborted }
    }
    if (!outlet) throw new Error('A generation has somewhere to put its tokens')
    const { job } = command
    const end = await generate(this.#model, { id, job, outlet, signal, send: this.#send })
    return { type: 'ended', id, end }
  }
}

const aborted: GenerateEnd = {
  reason: 'aborted',
  stoppedBy: null,
  promptTokens: 0,
  cachedTokens: 0,
  generatedTokens: 0,
  promptMs: 0,
  generateMs: 0,
}
