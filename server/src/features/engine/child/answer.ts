import type { SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import type { EngineNews, GenerateEnd, GenerateJob } from '../engine-protocol.ts'
import { chooseTokens } from './choose-tokens.ts'
import type { LoadedModel } from './load-model.ts'
import { readPrompt } from './read-prompt.ts'
import type { Slot } from './sequences.ts'
import { TextStream } from './text-stream.ts'
import type { TokenOutlet } from './token-outlet.ts'
import { traceToken } from './trace-token.ts'

export interface Generation {
  readonly id: number
  readonly job: GenerateJob
  readonly outlet: TokenOutlet
  readonly signal: AbortSignal
  send(news: EngineNews): void
}

interface Question {
  readonly tokens: readonly Token[]
  readonly isThinking: boolean
  /** Filled with the answer. */
  readonly said: Token[]
  readonly options: SequenceEvaluateOptions
}

/** One answer in one sequence. */
export class Answer {
  readonly #model: LoadedModel
  readonly #work: Generation
  readonly #slot: Slot
  readonly #text: TextStream
  /** When the first token came. */
  #firstMs: number | undefined

  constructor(model: LoadedModel, work: Generation, slot: Slot) {
    this.#model = model
    this.#work = work
    this.#slot = slot
    this.#text = new TextStream(work.job.stop)
  }

  async speak({ tokens, isThinking, said, options }: Question): Promise<GenerateEnd> {
    const { job, outlet, signal } = this.#work
    const startedMs = performance.now()
    this.#tellBegun(tokens, isThinking)
    const room = this.#model.facts.contextSize - tokens.length
    const most = Math.max(0, Math.min(room, job.maxTokens ?? room))
    const { cached, rest } = await readPrompt(this.#slot, tokens, this.#model.pace, signal)
    const reason = most === 0 ? 'length' : await this.#speakOn(rest, said, { options, most })
    const spokenMs = this.#firstMs ?? performance.now()
    outlet.addText(this.#text.end())
    outlet.flush()
    return {
      reason,
      stoppedBy: this.#text.stoppedBy,
      promptTokens: tokens.length,
      cachedTokens: cached,
      generatedTokens: said.length,
      promptMs: spokenMs - startedMs,
      generateMs: performance.now() - spokenMs,
    }
  }

  #tellBegun(tokens: readonly Token[], isThinking: boolean): void {
    const { id, job, send } = this.#work
    const prompt =
      job.top === null
        ? null
        : { text: this.#model.model.detokenize(tokens, true), tokens: [...tokens] }
    const thinking = isThinking ? { isThinking } : {}
    send({ type: 'begun', id, promptTokens: tokens.length, ...thinking, prompt })
  }

  /** Token after token, until something ends it. */
  async #speakOn(
    rest: Token[],
    said: Token[],
    how: { readonly options: SequenceEvaluateOptions; readonly most: number },
  ): Promise<GenerateEnd['reason']> {
    const { job, outlet, signal } = this.#work
    const { gate } = this.#slot
    const choices = chooseTokens(this.#slot.sequence, rest, how.options, job.top)
    let isMember = false
    try {
      while (!signal.aborted) {
        const { value, done } = await choices.next()
        if (done === true) return 'stop'
        if (signal.aborted) break
        this.#firstMs ??= performance.now()
        said.push(value.token)
        this.#tell(value.token, value.probabilities)
        if (this.#text.stoppedBy !== null) return 'stop'
        if (said.length === how.most) return 'length'
        if (!outlet.hasCredit) {
          if (isMember) gate?.leave()
          isMember = false
          outlet.flush()
          await outlet.refilled(signal)
        }
        if (gate === null) continue
        if (!isMember) gate.enter()
        isMember = true
        await gate.turn()
      }
      return 'aborted'
    } finally {
      if (isMember) gate?.leave()
      await choices.return()
    }
  }

  #tell(token: Token, probabilities: ReadonlyMap<Token, number> | undefined): void {
    const { job, outlet } = this.#work
    const { vocabulary } = this.#model
    const traced =
      job.top === null || !probabilities
        ? null
        : traceToken(vocabulary, token, probabilities, job.top)
    outlet.add(this.#text.push(vocabulary.piece(token)), traced)
  }
}
