/** Chat with a model. Source: Ollama's API reference, bodhi contract §1.15. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals, lines } from './errors.ts'
import { CreatedAt, Logprob, measures, settings, ToolCall } from './shared-fields.ts'

/** Unknown fields are passed on to an Ollama. */
export const ChatRequest = z
  .looseObject({
    ...settings,
    messages: z
      .array(z.looseObject({ role: z.string().nullish() }))
      .nullish()
      .meta({ description: 'None: the model is only made ready' }),
    tools: z.unknown().optional(),
    logprobs: z.unknown().optional(),
    top_logprobs: z.unknown().optional(),
  })
  .meta({ id: 'OllamaChatRequest' })

/** A whole reply, or one line of a stream, of which the last is `done`. */
export const ChatReply = z
  .looseObject({
    model: z.string().meta({ description: 'The name asked for' }),
    created_at: CreatedAt,
    message: z.looseObject({
      role: z.string(),
      content: z.string(),
      thinking: z.string().nullish(),
      tool_calls: z.array(ToolCall).nullish(),
    }),
    logprobs: z.array(Logprob).nullish(),
    done: z.boolean(),
    ...measures,
  })
  .meta({ id: 'OllamaChatReply' })
export type ChatReply = z.infer<typeof ChatReply>

export const chat = defineRoute({
  method: 'POST',
  path: '/api/chat',
  summary: 'Ask a model to go on with a conversation; as lines unless `stream` is false',
  ref: 'bodhi §1.15 POST /api/chat',
  access: 'completions:run',
  body: ChatRequest,
  reply: { 200: { json: ChatReply, media: lines }, ...callRefusals },
})
