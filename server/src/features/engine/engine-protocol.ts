import type { JsonObject } from '../../platform/json.ts'
import type { LoadPlan } from './load-plan.ts'

/**
 * What the server and the child that runs one model say to each other, over a channel with advanced
 * serialization. Every message of a job carries its id. Flow: a job may send as many `tokens` as it
 * has credit for; each token sent takes one, `credit` gives more, so a slow reader slows the model.
 * The child exits when the channel closes, so none outlives its server.
 */

export type Prompt =
  /** Rendered by the template of the plan, else of the file. */
  | {
      readonly kind: 'chat'
      /** In OpenAI's form; content is text or a list of text parts. */
      readonly messages: readonly JsonObject[]
      readonly tools: readonly JsonObject[]
      /** More variables for the template. */
      readonly variables: JsonObject
    }
  /** As it is, with the model's own beginning of text in front. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }

export type Grammar =
  | { readonly kind: 'gbnf'; readonly text: string }
  | {
      readonly kind: 'json-schema'
      readonly schema: JsonObject
      /** The field it came from. */
      readonly param: 'response_format' | 'tools'
    }
  /** Any JSON object. */
  | { readonly kind: 'json' }

export interface Sampling {
  /** 0 always takes the likeliest. */
  readonly temperature: number
  readonly topP: number | null
  readonly topK: number | null
  readonly minP: number | null
  readonly seed: number | null
  readonly repeatPenalty: number | null
  readonly frequencyPenalty: number | null
  readonly presencePenalty: number | null
  /** By token id, from -100 (never) to 100. */
  readonly logitBias: Readonly<Record<string, number>> | null
}

export interface GenerateJob {
  readonly prompt: Prompt
  readonly sampling: Sampling
  /** Null: to the end of the context. */
  readonly maxTokens: number | null
  readonly stop: readonly string[]
  readonly grammar: Grammar | null
  /** Each token with its probability and so many alternatives; null where nobody asks. */
  readonly top: number | null
}

export interface TokenChoice {
  readonly id: number
  readonly text: string
  /** Natural logarithm. */
  readonly logprob: number
}

export interface TracedToken {
  readonly id: number
  readonly text: string
  /** The token's own bytes, where its text alone is not whole characters. */
  readonly bytes?: readonly number[]
  /** Natural logarithm; null where it was not asked for. */
  readonly logprob: number | null
  /** The likeliest first. */
  readonly top: readonly TokenChoice[]
  /** Unix seconds. */
  readonly at: number
}

export type EngineCommand =
  | {
      readonly type: 'load'
      readonly plan: LoadPlan
      readonly maxThreads: number | null
      /** Whether the best GPU is used whose engine is installed. */
      readonly mayUseGpu: boolean
    }
  | {
      readonly type: 'generate'
      readonly id: number
      readonly job: GenerateJob
      /** Tokens that may be sent before more credit comes. */
      readonly credit: number
    }
  | { readonly type: 'credit'; readonly id: number; readonly tokens: number }
  | {
      readonly type: 'embed'
      readonly id: number
      readonly inputs: readonly (string | readonly number[])[]
    }
  | { readonly type: 'count'; readonly id: number; readonly prompt: Prompt }
  /** Ends a job within a token; answered by `ended` with `aborted`. */
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'ping'; readonly at: number }
  /** Ends the process once nothing runs. */
  | { readonly type: 'stop' }

/** What is known of a model once it is loaded. */
export interface LoadedFacts {
  readonly architecture: string
  /** Tokens that each sequence can see. */
  readonly contextSize: number
  readonly trainContextSize: number
  readonly sequences: number
  readonly threads: number
  readonly hasChatTemplate: boolean
  /** Weights and contexts, as far as the engine knows. */
  readonly memoryBytes: number
}

/** Why a model cannot be loaded, or a job not be done; `code` is the contract's. */
export interface EngineRefusal {
  readonly status: 400 | 404 | 422 | 500
  readonly code: string
  readonly message: string
  /** The field at fault. */
  readonly param?: string
}

export interface GenerateEnd {
  readonly reason: 'stop' | 'length' | 'aborted'
  /** The entry of `stop` that ended it. */
  readonly stoppedBy: string | null
  readonly promptTokens: number
  /** Of them, those that were known from the question before. */
  readonly cachedTokens: number
  readonly generatedTokens: number
  readonly promptMs: number
  readonly generateMs: number
}

export type EngineNews =
  | { readonly type: 'loading'; readonly progress: number }
  | { readonly type: 'ready'; readonly facts: LoadedFacts }
  /** The model cannot be loaded; the child exits. */
  | { readonly type: 'unloadable'; readonly refusal: EngineRefusal }
  /** A job has a sequence and its prompt fits; sent before its first token. */
  | {
      readonly type: 'begun'
      readonly id: number
      readonly promptTokens: number
      /** The template left the prompt inside the model's thinking (`<think>` is its last word). */
      readonly isThinking?: boolean
      /** Only where `top` was asked for: the prompt as the model sees it. */
      readonly prompt: { readonly text: string; readonly tokens: readonly number[] } | null
    }
  | {
      readonly type: 'tokens'
      readonly id: number
      /** Whole characters; may be empty while one is incomplete or a stop sequence may begin. */
      readonly text: string
      /** How many tokens came since the last message. */
      readonly count: number
      /** Only where `top` was asked for. */
      readonly tokens: readonly TracedToken[] | null
    }
  | { readonly type: 'ended'; readonly id: number; readonly end: GenerateEnd }
  | {
      readonly type: 'embedded'
      readonly id: number
      readonly vectors: readonly Float32Array[]
      readonly promptTokens: number
    }
  | { readonly type: 'counted'; readonly id: number; readonly tokens: number }
  | { readonly type: 'refused'; readonly id: number; readonly refusal: EngineRefusal }
  | { readonly type: 'pong'; readonly at: number }
