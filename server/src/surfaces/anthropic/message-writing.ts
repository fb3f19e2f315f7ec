import type { ContentDelta, MessageEvent } from '@pharos/contract/anthropic/events.ts'
import type { ContentBlock } from '@pharos/contract/anthropic/messages.ts'
import type { TokenUsage } from '../../features/pricing/index.ts'
import { startOrder, type PartOrder } from './order-parts.ts'
import { toMessageUsage } from './usage.ts'

/** What every event of one message goes back to. */
export interface MessageFacts {
  readonly id: string
  /** The name asked for. */
  readonly model: string
}

/**
 * What has been written of a message. The grammar of events is
 *
 *     message_start (content_block_start content_block_delta* content_block_stop)*
 *     message_delta message_stop
 *
 * cut short at any place by one `error`. Blocks are numbered from 0 and follow one another.
 */
export interface MessageWriting {
  readonly facts: MessageFacts
  readonly order: PartOrder
  readonly isBegun: boolean
  readonly blockCount: number
  readonly open: OpenBlock | null
  /** How many calls have begun; those before have been written to their end. */
  readonly callCount: number
  readonly usage: TokenUsage | null
}

export type OpenBlock =
  | { readonly kind: 'text' | 'thinking' }
  | { readonly kind: 'call'; readonly callIndex: number; readonly isEmpty: boolean }

export function startWriting(facts: MessageFacts): MessageWriting {
  return {
    facts,
    order: startOrder,
    isBegun: false,
    blockCount: 0,
    open: null,
    callCount: 0,
    usage: null,
  }
}

/** NOTE: the stop reason is null here, and told at the end. */
export function begun(writing: MessageWriting, events: MessageEvent[]): MessageWriting {
  if (writing.isBegun) return writing
  const { id, model } = writing.facts
  events.push({
    type: 'message_start',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...toMessageUsage(writing.usage), output_tokens: 0 },
    },
  })
  return { ...writing, isBegun: true }
}

export function opened(
  before: MessageWriting,
  { open, block }: { readonly open: OpenBlock; readonly block: ContentBlock },
  events: MessageEvent[],
): MessageWriting {
  const writing = closed(begun(before, events), events)
  const index = writing.blockCount
  events.push({ type: 'content_block_start', index, content_block: block })
  return { ...writing, open, blockCount: index + 1 }
}

/** A call without arguments is one with none: clients parse what they got. */
export function closed(writing: MessageWriting, events: MessageEvent[]): MessageWriting {
  const { open } = writing
  if (!open) return writing
  if (open.kind === 'call' && open.isEmpty) {
    grow(writing, { type: 'input_json_delta', partial_json: '{}' }, events)
  }
  events.push({ type: 'content_block_stop', index: writing.blockCount - 1 })
  return { ...writing, open: null }
}

export function grow(
  { blockCount }: MessageWriting,
  delta: ContentDelta,
  events: MessageEvent[],
): void {
  events.push({ type: 'content_block_delta', index: blockCount - 1, delta })
}
