/** Chat completions. Source: OpenAI's API reference, bodhi contract §1.14 and §6.7. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals, eventStream } from './errors.ts'

/** Looked at part by part where it is read, so that a refusal can name the very field. */
const ChatMessage = z.looseObject({
  role: z.string().meta({ description: 'developer, system, user, assistant, tool or function' }),
  content: z.unknown().optional().meta({ description: 'Text, content parts, or null' }),
})

/** Unknown fields are passed on to providers that speak the same dialect. */
export const ChatRequest = z
  .looseObject({
    model: z
      .string()
      .meta({ description: 'An alias, `provider/model`, or a model of one provider' }),
    messages: z.array(ChatMessage),
    stream: z.boolean().nullish(),
  })
  .meta({
    id: 'ChatRequest',
    description: [
      'Every provider is told, as far as it can be: temperature, top_p, top_k, max_tokens,',
      'max_completion_tokens, stop, seed, frequency_penalty, presence_penalty, reasoning_effort,',
      'tools, tool_choice, parallel_tool_calls, response_format, logprobs, top_logprobs, user,',
      'functions, function_call.',
    ].join(' '),
  })
export type ChatRequest = z.infer<typeof ChatRequest>

export const Usage = z
  .looseObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.looseObject({ cached_tokens: z.int() }).nullish(),
    completion_tokens_details: z.looseObject({ reasoning_tokens: z.int() }).nullish(),
  })
  .meta({ id: 'Usage' })
export type Usage = z.infer<typeof Usage>

export const finishReasons = [
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
] as const
const FinishReason = z.enum(finishReasons)

const TokenChance = z.looseObject({
  token: z.string(),
  logprob: z.number().nullable(),
  bytes: z.array(z.int()).nullable(),
})

const Logprobs = z
  .looseObject({
    content: z.array(TokenChance.extend({ top_logprobs: z.array(TokenChance) })).nullable(),
    refusal: z.null(),
  })
  .meta({ id: 'Logprobs' })
export type Logprobs = z.infer<typeof Logprobs>

const FunctionCall = z.looseObject({ name: z.string(), arguments: z.string() })

const ToolCall = z
  .looseObject({ id: z.string(), type: z.literal('function'), function: FunctionCall })
  .meta({ id: 'ToolCall' })

/** A provider of the same dialect may say more, or say it in a word of its own. */
export const ChatCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int().meta({ description: 'Unix seconds' }),
    model: z.string().meta({ description: 'The name asked for' }),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        message: z.looseObject({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          tool_calls: z.array(ToolCall).nullish(),
        }),
        logprobs: Logprobs.nullish(),
        finish_reason: FinishReason,
      }),
    ),
    usage: Usage.nullish(),
  })
  .meta({ id: 'ChatCompletion' })
export type ChatCompletion = z.infer<typeof ChatCompletion>

const ToolCallDelta = z.looseObject({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: FunctionCall.partial(),
})

/** One event of a stream. */
export const ChatChunk = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        delta: z.looseObject({
          role: z.literal('assistant').optional(),
          content: z.string().nullish(),
          reasoning_content: z.string().optional(),
          tool_calls: z.array(ToolCallDelta).optional(),
        }),
        logprobs: Logprobs.nullish(),
        finish_reason: FinishReason.nullable(),
      }),
    ),
    usage: Usage.nullish(),
  })
  .meta({ id: 'ChatChunk' })
export type ChatChunk = z.infer<typeof ChatChunk>

export const createChatCompletion = defineRoute({
  method: 'POST',
  path: '/v1/chat/completions',
  summary: 'Ask a model to go on with a conversation; with `stream` as events of `ChatChunk`',
  ref: 'bodhi §1.14 POST /v1/chat/completions',
  access: 'completions:run',
  body: ChatRequest,
  reply: { 200: { json: ChatCompletion, media: eventStream }, ...callRefusals },
})
