/** The events of a streamed message. Source: Anthropic's API reference, "Streaming Messages". */
import { z } from 'zod'
import { AnthropicError } from './errors.ts'
import { ContentBlock, Message, MessageUsage } from './messages.ts'

const ContentDelta = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.looseObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
])
export type ContentDelta = z.infer<typeof ContentDelta>

/** Each comes under its type as the event's name. */
export const MessageEvent = z
  .discriminatedUnion('type', [
    z.looseObject({ type: z.literal('message_start'), message: Message }),
    z.looseObject({
      type: z.literal('content_block_start'),
      index: z.int(),
      content_block: ContentBlock,
    }),
    z.looseObject({
      type: z.literal('content_block_delta'),
      index: z.int(),
      delta: ContentDelta,
    }),
    z.looseObject({ type: z.literal('content_block_stop'), index: z.int() }),
    z.looseObject({
      type: z.literal('message_delta'),
      delta: z.looseObject({
        stop_reason: z.string().nullable(),
        stop_sequence: z.string().nullable(),
      }),
      usage: MessageUsage,
    }),
    z.looseObject({ type: z.literal('message_stop') }),
    z.looseObject({ type: z.literal('ping') }),
    AnthropicError,
  ])
  .meta({ id: 'MessageEvent' })

export type MessageEvent = z.infer<typeof MessageEvent>
