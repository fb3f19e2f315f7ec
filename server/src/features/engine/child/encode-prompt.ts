import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Prompt } from '../engine-protocol.ts'
import { asTokens } from './as-tokens.ts'
import { badField, RefusedError } from './refusal.ts'
import { ChatTemplate, templateError } from './render-prompt.ts'
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

  /** At least one token; whether they fit is another question. Throws RefusedError. */
  encode(prompt: Prompt): EncodedPrompt {
    const encoded = prompt.kind === 'tokens' ? this.#given(prompt.tokens) : this.#read(prompt)
    if (encoded.tokens.length > 0) return encoded
    throw badField('prompt', 'The prompt is empty, and this model needs something to begin with')
  }

  /** As `encode`, and refuses what leaves no room for an answer. Throws RefusedError. */
  encodeFitting(prompt: Prompt): EncodedPrompt {
    const encoded = this.encode(prompt)
    const { tokens } = encoded
    const { contextSize } = this.#options
    if (tokens.length < contextSize) return encoded
    throw tooLong(tokens.length, contextSize, prompt.kind === 'chat' ? 'messages' : 'prompt')
  }

  #given(ids: readonly number[]): EncodedPrompt {
    const wrong = ids.find((id) => !this.#options.vocabulary.isToken(id))
    if (wrong === undefined) return { tokens: asTokens(ids), isThinking: false }
    throw badField('prompt', `prompt: ${wrong} is no token of this model`)
  }

  #read(prompt: Exclude<Prompt, { kind: 'tokens' }>): EncodedPrompt {
    const { model } = this.#options
    const text = prompt.kind === 'chat' ? this.#render(prompt) : prompt.text
    const isThinking = prompt.kind === 'chat' && text.trimEnd().endsWith('<think>')
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

/** The request's tokens do not fit into the context. */
export function tooLong(tokens: number, contextSize: number, param: string): RefusedError {
  const room = `This model reads at most ${contextSize} tokens, its answer included`
  const message = `${room}; the prompt alone has ${tokens}.`
  return new RefusedError({ status: 400, code: 'context_length_exceeded', message, param })
}
