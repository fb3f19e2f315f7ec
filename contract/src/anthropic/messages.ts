/** Messages and their streams. Source: Anthropic's API reference. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals, eventStream } from './errors.ts'

/** Looked at block by block where it is read, so that a refusal can name the very field. */
const MessageParam = z.looseObject({
  role: z.string().meta({ description: 'user, assistant or system' }),
  content: z.unknown().optional().meta({ description: 'Text or content blocks' }),
})

const conversation = {
  model: z.string().meta({ description: 'An alias, `provider/model`, or a model of one provider' }),
  messages: z.array(MessageParam),
  system: z.unknown().optional().meta({ description: 'Text or text blocks' }),
  tools: z.array(z.looseObject({})).nullish(),
  tool_choice: z.looseObject({ type: z.string() }).nullish(),
  thinking: z.looseObject({ type: z.string() }).nullish(),
  output_config: z.looseObject({}).nullish().meta({ description: '`effort`, `format`' }),
} as const

/** Unknown fields are passed on to providers that speak the same dialect. */
export const MessagesRequest = z
  .looseObject({
    ...conversation,
    max_tokens: z
      .int()
      .min(0)
      .nullish()
      .meta({ description: 'Must be given unless the alias has a default for it' }),
    stop_sequences: z.array(z.string()).nullish(),
    stream: z.boolean().nullish(),
    temperature: z.number().nullish(),
    top_p: z.number().nullish(),
    top_k: z.int().nullish(),
    metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
  })
  .meta({ id: 'MessagesRequest' })
export type MessagesRequest = z.infer<typeof MessagesRequest>

export const TextBlock = z.looseObject({ type: z.literal('text'), text: z.string() })
export const ThinkingBlock = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().meta({ description: 'Empty for a provider that signs nothing' }),
})
export const RedactedThinkingBlock = z.looseObject({
  type: z.literal('redacted_thinking'),
  data: z.string(),
})
export const ToolUseBlock = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
})

export const ContentBlock = z
  .discriminatedUnion('type', [TextBlock, ThinkingBlock, RedactedThinkingBlock, ToolUseBlock])
  .meta({ id: 'ContentBlock' })
export type ContentBlock = z.infer<typeof ContentBlock>

export const MessageUsage = z
  .looseObject({
    input_tokens: z.int().meta({ description: 'Without cached ones; 0 as long as unknown' }),
    cache_creation_input_tokens: z.int().nullish(),
    cache_read_input_tokens: z.int().nullish(),
    output_tokens: z.int(),
    output_tokens_details: z.looseObject({ thinking_tokens: z.int() }).nullish(),
  })
  .meta({ id: 'MessageUsage' })
export type MessageUsage = z.infer<typeof MessageUsage>

export const stopReasons = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
] as const
export type StopReason = (typeof stopReasons)[number]

/** A provider of the same dialect may say more, and name other blocks and reasons. */
export const Message = z
  .looseObject({
    id: z.string(),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string().meta({ description: 'The name asked for' }),
    content: z.array(z.union([ContentBlock, z.looseObject({ type: z.string() })])),
    stop_reason: z
      .string()
      .nullable()
      .meta({ description: stopReasons.join(', ') }),
    stop_sequence: z.string().nullable(),
    usage: MessageUsage,
  })
  .meta({ id: 'Message' })

/** A message as we write it for providers of other dialects. */
export interface WrittenMessage {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly ContentBlock[]
  readonly stop_reason: StopReason | null
  readonly stop_sequence: null
  readonly usage: MessageUsage
}

const request = {
  method: 'POST',
  access: 'completions:run',
  body: MessagesRequest,
  reply: { 200: { json: Message, media: eventStream }, ...callRefusals },
} as const

const summary = 'Ask a model to go on with a conversation; with `stream` as events'

export const createMessage = defineRoute({
  ...request,
  path: '/v1/messages',
  summary,
  ref: 'bodhi §1.14 /v1/messages',
})

export const createMessageUnderPrefix = defineRoute({
  ...request,
  path: '/anthropic/v1/messages',
  summary: `${summary}; for clients that keep dialects apart by prefix`,
  ref: 'bodhi §1.14 /anthropic/v1/messages',
})

/** Fields beside these are passed on, as in `MessagesRequest`. */
export const CountTokensRequest = z.looseObject(conversation).meta({ id: 'CountTokensRequest' })

const count = {
  method: 'POST',
  access: 'completions:run',
  body: CountTokensRequest,
  reply: {
    200: z.looseObject({ input_tokens: z.int() }).meta({ id: 'TokenCount' }),
    ...callRefusals,
  },
} as const

export const countMessageTokens = defineRoute({
  ...count,
  path: '/v1/messages/count_tokens',
  summary: 'Have the provider count the tokens of a request; no model is run',
  ref: 'bodhi §1.14 /v1/messages',
})

export const countMessageTokensUnderPrefix = defineRoute({
  ...count,
  path: '/anthropic/v1/messages/count_tokens',
  summary: 'The same for clients that keep dialects apart by prefix',
  ref: 'bodhi §1.14 /anthropic/v1/messages',
})
