import { z } from 'zod'
import type { JsonObject } from '../../platform/json.ts'
import { badField } from './engine-fault.ts'
import type { Prompt } from './engine-protocol.ts'
import type { LoadPlan } from './load-plan.ts'
import { readChatPrompt, topOf, type GenerationWork } from './read-chat-request.ts'
import { generationFields, samplingOf, stopOf } from './read-sampling.ts'
import { readShape } from './read-shape.ts'

const tokenId = z.int().min(0)
const tokens = z.array(tokenId).min(1)

/** A text, several, or each of them as tokens. */
const texts = z.union(
  [z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)],
  'Expected a text, tokens, or a list of either',
)

type Texts = z.infer<typeof texts>

const textRequest = z.object({
  ...generationFields,
  prompt: texts,
  logprobs: z.int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  best_of: z.int().min(1).nullish(),
})

const embeddingRequest = z.object({
  model: z.string().nullish(),
  input: texts,
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
})

const countRequest = z.object({ prompt: texts.nullish(), input: texts.nullish() })

export interface TextWork extends GenerationWork {
  readonly kind: 'text'
  /** Jobs that share a prompt stand together, so many at a time. */
  readonly choicesPerPrompt: number
}

export interface EmbeddingWork {
  readonly kind: 'embedding'
  readonly model: string
  readonly inputs: readonly (string | readonly number[])[]
  readonly isBase64: boolean
  readonly dimensions: number | null
}

const maxJobs = 32
const maxInputs = 2048

/** A body of `/completions` as jobs; see `readChatRequest`. Throws EngineFault. */
export function readTextRequest(
  body: JsonObject,
  plan: LoadPlan,
  traceTokens: number | null,
): TextWork {
  const fields = readShape(textRequest, body)
  const choicesPerPrompt = fields.n ?? 1
  refuseOlder(fields, choicesPerPrompt)
  const prompts = listOf(fields.prompt)
  if (prompts.length * choicesPerPrompt > maxJobs) {
    throw badField('prompt', `prompt: more than ${maxJobs} answers at once`)
  }
  const logprobs = fields.logprobs ?? null
  const job = {
    maxTokens: fields.max_tokens ?? plan.options.maxTokens ?? null,
    stop: stopOf(fields),
    grammar: fields.grammar ? ({ kind: 'gbnf', text: fields.grammar } as const) : null,
    top: topOf(logprobs, traceTokens),
  }
  const choices = Array.from({ length: choicesPerPrompt }, (_, at) => at)
  return {
    kind: 'text',
    model: fields.model ?? plan.name,
    isStream: fields.stream ?? false,
    includesUsage: fields.stream_options?.include_usage ?? false,
    logprobs,
    choicesPerPrompt,
    jobs: prompts.flatMap((text) => {
      const prompt = promptOf(text)
      return choices.map((at) => ({ ...job, prompt, sampling: samplingOf(fields, plan, at) }))
    }),
  }
}

/** A body of `/embeddings`. Throws EngineFault. */
export function readEmbeddingRequest(body: JsonObject, plan: LoadPlan): EmbeddingWork {
  const fields = readShape(embeddingRequest, body)
  const inputs = listOf(fields.input)
  if (inputs.length > maxInputs) throw badField('input', `input: more than ${maxInputs} texts`)
  if (inputs.includes('')) throw badField('input', 'input: an empty text has no embedding')
  return {
    kind: 'embedding',
    model: fields.model ?? plan.name,
    inputs,
    isBase64: fields.encoding_format === 'base64',
    dimensions: fields.dimensions ?? null,
  }
}

/** A body of `/tokenize`: a chat's `messages`, or a text as `prompt` or `input`. Throws EngineFault. */
export function readCountRequest(body: JsonObject): Prompt {
  if (body['messages'] !== undefined) return readChatPrompt(body)
  const { prompt, input } = readShape(countRequest, body)
  const given = prompt ?? input
  const [text, more] = given === null || given === undefined ? [] : listOf(given)
  if (text === undefined) throw badField('messages', 'messages: there is nothing to count')
  if (more !== undefined) throw badField('prompt', 'prompt: one text at a time')
  return promptOf(text)
}

function promptOf(text: string | readonly number[]): Prompt {
  return typeof text === 'string' ? { kind: 'text', text } : { kind: 'tokens', tokens: text }
}

function listOf(given: Texts): readonly (string | readonly number[])[] {
  if (typeof given === 'string') return [given]
  const isTokens = typeof given[0] === 'number'
  const numbers = given.filter((one) => typeof one === 'number')
  return isTokens ? [numbers] : given.filter((one) => typeof one !== 'number')
}

/** Parts of the older API that change what is answered; their neutral values are fine. */
function refuseOlder(
  { echo, suffix, best_of: bestOf }: z.infer<typeof textRequest>,
  choices: number,
): void {
  if (echo) throw unsupported('echo')
  if (suffix) throw unsupported('suffix')
  if (bestOf !== null && bestOf !== undefined && bestOf !== choices) throw unsupported('best_of')
}

function unsupported(param: string): Error {
  return badField(param, `${param}: is not supported here`, 'unsupported_parameter')
}
