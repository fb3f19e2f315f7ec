import type { MessageEvent } from '@pharos/contract/anthropic/events.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { toErrorEvent } from './failures.ts'
import {
  begun,
  closed,
  grow,
  opened,
  type MessageWriting,
  type OpenBlock,
} from './message-writing.ts'
import { orderPart } from './order-parts.ts'
import { toStopReason } from './stop-reason.ts'
import { toMessageUsage } from './usage.ts'

export interface Written {
  readonly writing: MessageWriting
  readonly events: readonly MessageEvent[]
}

/** The events of parts that came together. */
export function writeParts(from: MessageWriting, parts: readonly CompletionPart[]): Written {
  const events: MessageEvent[] = []
  let writing = from
  for (const part of parts) {
    const { order, parts: ready } = orderPart(writing.order, part)
    writing = { ...writing, order }
    for (const next of ready) writing = writePart(writing, next, events)
  }
  return { writing, events }
}

function writePart(
  writing: MessageWriting,
  part: CompletionPart,
  events: MessageEvent[],
): MessageWriting {
  switch (part.type) {
    case 'text-delta':
      return part.text === '' ? writing : writeText(writing, part.text, events)
    case 'reasoning-delta':
      return writeThinking(writing, part, events)
    case 'tool-delta':
      return writeCall(writing, part, events)
    case 'usage':
      return { ...writing, usage: part.usage }
    case 'end':
      return writeEnd(writing, part, events)
    case 'error':
      events.push(toErrorEvent(part.failure, false))
      return writing
    // Begun with what follows, which may already tell the tokens of the prompt.
    case 'start':
    case 'token':
    case 'other-delta':
      return writing
  }
}

function writeText(before: MessageWriting, text: string, events: MessageEvent[]): MessageWriting {
  const block = { type: 'text' as const, text: '' }
  const writing =
    before.open?.kind === 'text'
      ? before
      : opened(before, { open: { kind: 'text' }, block }, events)
  grow(writing, { type: 'text_delta', text }, events)
  return writing
}

type Thought = Extract<CompletionPart, { type: 'reasoning-delta' }>

/** A signature ends its block. */
function writeThinking(
  before: MessageWriting,
  { text, signature, isRedacted }: Thought,
  events: MessageEvent[],
): MessageWriting {
  const open: OpenBlock = { kind: 'thinking' }
  if (isRedacted) {
    const block = { type: 'redacted_thinking' as const, data: signature ?? '' }
    return closed(opened(before, { open, block }, events), events)
  }
  if (text === '' && signature === undefined) return before
  const block = { type: 'thinking' as const, thinking: '', signature: '' }
  const writing =
    before.open?.kind === 'thinking' ? before : opened(before, { open, block }, events)
  if (text !== '') grow(writing, { type: 'thinking_delta', thinking: text }, events)
  if (signature === undefined) return writing
  grow(writing, { type: 'signature_delta', signature }, events)
  return closed(writing, events)
}

type ToolDelta = Extract<CompletionPart, { type: 'tool-delta' }>

function writeCall(
  before: MessageWriting,
  { index: callIndex, id = '', name = '', argumentsDelta }: ToolDelta,
  events: MessageEvent[],
): MessageWriting {
  let writing = before
  if (callIndex >= before.callCount) {
    const block = { type: 'tool_use' as const, id, name, input: {} }
    const open: OpenBlock = { kind: 'call', callIndex, isEmpty: true }
    writing = { ...opened(before, { open, block }, events), callCount: callIndex + 1 }
  }
  const { open } = writing
  // A call that was left had all its arguments; more would spoil them.
  if (open?.kind !== 'call' || open.callIndex !== callIndex || argumentsDelta === '') return writing
  grow(writing, { type: 'input_json_delta', partial_json: argumentsDelta }, events)
  return { ...writing, open: { ...open, isEmpty: false } }
}

function writeEnd(
  before: MessageWriting,
  { finishReason }: Extract<CompletionPart, { type: 'end' }>,
  events: MessageEvent[],
): MessageWriting {
  const writing = closed(begun(before, events), events)
  const stop_reason = toStopReason(finishReason, writing.callCount > 0)
  const usage = toMessageUsage(writing.usage)
  events.push({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage })
  events.push({ type: 'message_stop' })
  return writing
}
