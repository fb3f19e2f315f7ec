import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Prompt } from '../engine-protocol.ts'
import { asTokens } from './as-tokens.ts'
import { badField, RefusedError } from './refusal.ts'
import { ChatTemplate, templateError } from './render-prompt.ts'
import { isLong, roughLength } from './rough-length.ts'
import type { Vocabulary } from './vocabulary.ts'
import { TimeLimit } from './within-time.ts'

/** A sensible template renders within a few milliseconds. */
const renderLimitMs = 2_000

export interface PromptEncoderOptions {
  readonly model: LlamaModel
  readonly vocabulary: Vocabulary
  readonly contextSize: number
  /** Jinja text in place of the file's own. */
  readonly template: string | null
}

type TextPrompt = Exclude<Prompt, { kind: 'tokens' }>

export interface EncodedPrompt {
  readonly tokens: Token[]
  /** The template left it to the model to go on with its thinking. */
  readonly isThinking: boolean
}

/** Turns prompts of all kinds into the tokens that the model is given. */
export class PromptEncoder {
  readonly #options: PromptEncoderOptions
  readonly #limit = new TimeLimit(renderLimitMs)
  #template: ChatTemplate | undefined

  constructor(options: PromptEncoderOptions) {
    this.#options = options
  }

  /** How many tokens it has; of long texts a few more or less. Throws RefusedError. */
  async count(prompt: Prompt, signal: AbortSignal): Promise<number> {
    if (prompt.kind === 'tokens') return this.#given(prompt.tokens).tokens.length
    const text = this.#textOf(prompt)
    if (!isLong(text)) return this.#encoded(prompt.kind, text).tokens.length
    const { model } = this.#options
    return roughLength(text, { model, enough: Infinity, signal })
  }

  /**
   * At least one token, and room for an answer after them. Undefined where the signal came first.
   * Throws RefusedError.
   */
  async encode(prompt: Prompt, signal: AbortSignal): Promise<EncodedPrompt | undefined> {
    const param = prompt.kind === 'chat' ? 'messages' : 'prompt'
    if (prompt.kind === 'tokens') return this.#fitting(this.#given(prompt.tokens), param)
    const text = this.#textOf(prompt)
    if (isLong(text)) {
      await refuseLong(text, { ...this.#options, param, signal })
      if (signal.aborted) return undefined
    }
    return this.#fitting(this.#encoded(prompt.kind, text), param)
  }

  #fitting(encoded: EncodedPrompt, param: string): EncodedPrompt {
    const { contextSize } = this.#options
    const { length } = encoded.tokens
    if (length === 0) {
      throw badField('prompt', 'The prompt is empty, and this model needs something to begin with')
    }
    if (length >= contextSize) throw tooLong(length, contextSize, param)
    return encoded
  }

  #given(ids: readonly number[]): EncodedPrompt {
    const wrong = ids.find((id) => !this.#options.vocabulary.isToken(id))
    if (wrong === undefined) return { tokens: asTokens(ids), isThinking: false }
    throw badField('prompt', `prompt: ${wrong} is no token of this model`)
  }

  #textOf(prompt: TextPrompt): string {
    return prompt.kind === 'chat' ? this.#render(prompt) : prompt.text
  }

  #encoded(kind: TextPrompt['kind'], text: string): EncodedPrompt {
    const { model } = this.#options
    const isThinking = kind === 'chat' && text.trimEnd().endsWith('<think>')
    const tokens = model.tokenize(text, true)
    const { bos, shouldPrependBosToken } = model.tokens
    const isBegun = bos === null || tokens[0] === bos
    if (isBegun || (!shouldPrependBosToken && tokens.length > 0)) return { tokens, isThinking }
    return { tokens: [bos, ...tokens], isThinking }
  }

  #render(prompt: Extract<Prompt, { kind: 'chat' }>): string {
    const { template: source, model } = this.#options
    if (source === null) {
      const message = 'This model has no chat template; give one, or use text completions'
      throw new RefusedError({ status: 400, code: 'chat_template_missing', message })
    }
    const { bosString, eosString } = model.tokens
    const special = { bos: bosString, eos: eosString }
    try {
      return this.#limit.run(() => {
        this.#template ??= new ChatTemplate(source)
        return this.#template.render(prompt, special)
      })
    } catch (error) {
      throw error instanceof RefusedError ? error : templateError(error)
    }
  }
}

export interface LongText {
  readonly model: Pick<LlamaModel, 'tokenize'>
  readonly contextSize: number
  readonly param: string
  readonly signal: AbortSignal
}

/**
 * Throws RefusedError for a text that is so long that a look at its beginning is enough: to turn
 * all of it into tokens would take the engine's time from everybody.
 */
export async function refuseLong(text: string, long: LongText): Promise<void> {
  const { model, contextSize, param, signal } = long
  const enough = contextSize * 1.25 + 64
  const tokens = await roughLength(text, { model, enough, signal })
  if (tokens > enough) throw tooLong(`about ${tokens}`, contextSize, param)
}

/** The request's tokens do not fit into the context. */
export function tooLong(tokens: number | string, contextSize: number, param: string): RefusedError {
  const room = `This model reads at most ${contextSize} tokens, its answer included`
  const message = `${room}; the prompt alone has ${tokens}.`
  return new RefusedError({ status: 400, code: 'context_length_exceeded', message, param })
}
