import type { ContentBlock, WrittenMessage } from '@pharos/contract/anthropic/messages.ts'
import {
  argumentsOf,
  eventValue,
  type ContentPart,
  type StreamEvent,
  type WholeAnswer,
} from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import type { MessageFacts } from './message-writing.ts'
import { toStopReason } from './stop-reason.ts'
import { toMessageUsage } from './usage.ts'

/** The provider's own reply with the name asked for; null where it is not to be read so. */
export function passedMessage(reply: StreamEvent, model: string): JsonObject | null {
  const message = eventValue(reply)
  return isJsonObject(message) ? { ...message, model } : null
}

/** A whole answer as a message. */
export function toMessage(
  { id, model }: MessageFacts,
  { reply, usage }: Pick<WholeAnswer['outcome'], 'reply' | 'usage'>,
): WrittenMessage {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: merged(reply.content).flatMap(toBlock),
    stop_reason: toStopReason(reply.finishReason, reply.toolCalls.length > 0),
    stop_sequence: null,
    usage: toMessageUsage(usage),
  }
}

/**
 * Neighbours of a kind as one block, as a stream has them: a provider may have set marks between
 * them for which this dialect has no place. A signature ends a block of thinking.
 */
function merged(content: readonly ContentPart[]): readonly ContentPart[] {
  const blocks: ContentPart[] = []
  for (const part of content) {
    if (part.type === 'text' && part.text === '') continue
    const last = blocks.at(-1)
    const joined = last && join(last, part)
    if (joined) blocks[blocks.length - 1] = joined
    else blocks.push(part)
  }
  return blocks
}

function join(last: ContentPart, next: ContentPart): ContentPart | null {
  if (last.type === 'text' && next.type === 'text') return { ...last, text: last.text + next.text }
  const areThoughts = last.type === 'reasoning' && next.type === 'reasoning'
  if (!areThoughts || last.signature !== undefined || next.isRedacted) return null
  return { ...next, text: last.text + next.text }
}

function toBlock(part: ContentPart): readonly ContentBlock[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return part.isRedacted
        ? [{ type: 'redacted_thinking', data: part.signature ?? '' }]
        : [{ type: 'thinking', thinking: part.text, signature: part.signature ?? '' }]
    case 'tool-call':
      return [
        { type: 'tool_use', id: part.id, name: part.name, input: argumentsOf(part.argumentsText) },
      ]
    case 'image':
    case 'document':
    case 'tool-result':
      return []
  }
}
