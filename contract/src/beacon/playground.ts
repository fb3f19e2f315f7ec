/** Talking to models and comparing them. Source: beacon contract §6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, withBody } from './errors.ts'
import { Id } from './scalars.ts'

export const PlaygroundMessage = z
  .object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
  .meta({ id: 'PlaygroundMessage' })
export type PlaygroundMessage = z.infer<typeof PlaygroundMessage>

export const PlaygroundMetrics = z
  .object({
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: z.number(),
    latency_ms: z.number().meta({ description: "Of the provider's call, to a tenth" }),
  })
  .meta({ id: 'PlaygroundMetrics' })
export type PlaygroundMetrics = z.infer<typeof PlaygroundMetrics>

const modelName = z.string().meta({
  description: 'A known model, or `connection/model` for any model of a connection',
})

/** What a route that calls a provider can answer beside its own reply. */
const called = {
  400: ErrorReply,
  409: ErrorReply,
  502: ErrorReply,
  508: ErrorReply,
  ...guarded,
  ...withBody,
} as const

export const ChatRequest = z
  .object({
    conversation_id: Id.nullish().meta({
      description: 'The trace that the turn is added to; without one a conversation begins',
    }),
    model: modelName,
    system_prompt: z.string().nullish(),
    messages: z
      .array(PlaygroundMessage)
      .meta({ description: 'The whole conversation: the server keeps none' }),
  })
  .meta({ id: 'ChatRequest' })
export type ChatRequest = z.infer<typeof ChatRequest>

export const ChatReply = z
  .object({
    conversation_id: z.string(),
    trace_id: z.string(),
    message: z.object({ role: z.literal('assistant'), content: z.string() }),
    metrics: PlaygroundMetrics,
  })
  .meta({ id: 'ChatReply' })
export type ChatReply = z.infer<typeof ChatReply>

export const chat = defineRoute({
  method: 'POST',
  path: '/v1/playground/chat',
  summary: 'Take a turn in a conversation with a model',
  ref: 'beacon §1.1-22',
  access: 'completions:run',
  body: ChatRequest,
  reply: { 200: ChatReply, ...called },
})

/** Every model is one paid call. */
export const maxComparedModels = 100

/** Fewer than two models are refused with 400, not 422. */
export const CompareRequest = z
  .object({
    messages: z.array(PlaygroundMessage),
    system_prompt: z.string().nullish(),
    models: z.array(modelName).max(maxComparedModels),
  })
  .meta({ id: 'CompareRequest' })
export type CompareRequest = z.infer<typeof CompareRequest>

export const ComparedModel = z
  .object({
    model: z.string(),
    provider: z.string(),
    completion: z.string().meta({ description: 'Or `Error: <reason>`' }),
    metrics: PlaygroundMetrics,
  })
  .meta({ id: 'ComparedModel' })
export type ComparedModel = z.infer<typeof ComparedModel>

export const CompareReply = z
  .object({ trace_id: z.string(), results: z.array(ComparedModel) })
  .meta({ id: 'CompareReply' })
export type CompareReply = z.infer<typeof CompareReply>

export const compareModels = defineRoute({
  method: 'POST',
  path: '/v1/playground/compare',
  summary: 'Ask several models the same',
  ref: 'beacon §1.1-23',
  access: 'completions:run',
  body: CompareRequest,
  reply: { 200: CompareReply, ...called },
})

export const ComparePromptsRequest = z
  .object({
    model: modelName,
    system_prompt: z.string().nullish(),
    prompts: z.array(z.string()).min(2).max(10),
  })
  .meta({ id: 'ComparePromptsRequest' })
export type ComparePromptsRequest = z.infer<typeof ComparePromptsRequest>

export const ComparedPrompt = z
  .object({
    prompt: z.string(),
    completion: z.string().meta({ description: 'Or `Error: <reason>`' }),
    metrics: PlaygroundMetrics,
  })
  .meta({ id: 'ComparedPrompt' })
export type ComparedPrompt = z.infer<typeof ComparedPrompt>

export const ComparePromptsReply = z
  .object({ trace_id: z.string(), test_id: z.string(), results: z.array(ComparedPrompt) })
  .meta({ id: 'ComparePromptsReply' })
export type ComparePromptsReply = z.infer<typeof ComparePromptsReply>

export const comparePrompts = defineRoute({
  method: 'POST',
  path: '/v1/playground/compare-prompts',
  summary: 'Ask one model several prompts',
  ref: 'beacon §1.1-24',
  access: 'completions:run',
  body: ComparePromptsRequest,
  reply: { 200: ComparePromptsReply, ...called },
})
