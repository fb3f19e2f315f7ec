import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import {
  anthropicBlock,
  anthropicEnd,
  anthropicUsage,
  calledBy,
  spokenBlock,
  type AnthropicBlock,
} from './anthropic-reply.ts'
import { looseText, unexpected } from './reply-shape.ts'
import { brokenOff, type StreamDialect, type StreamStep } from './stream-frame.ts'

/** What must be known of a stream's past. Blocks come one after the other. */
export interface AnthropicMemory {
  readonly open: OpenCall | null
  readonly callCount: number
  readonly usage: JsonObject
  readonly stopReason: string | null
}

/** A tool's block whose input is still coming. */
interface OpenCall {
  readonly blockIndex: number
  readonly index: number
  readonly hasArguments: boolean
}

const messageStart = z.looseObject({
  message: z.looseObject({ id: looseText, model: looseText, usage: z.unknown().optional() }),
})
const blockStart = z.looseObject({ index: z.number(), content_block: anthropicBlock })
const blockDelta = z.looseObject({
  index: z.number(),
  delta: z.looseObject({
    type: z.string(),
    text: z.string().nullish(),
    thinking: z.string().nullish(),
    signature: z.string().nullish(),
    partial_json: z.string().nullish(),
  }),
})
const messageDelta = z.looseObject({
  delta: z.looseObject({ stop_reason: looseText }).nullish(),
  usage: z.unknown().optional(),
})

/** The events of `/v1/messages`. Only `message_stop` says that nothing is missing. */
export const anthropicStream: StreamDialect<AnthropicMemory> = {
  label: 'Anthropic',
  start: () => ({ open: null, callCount: 0, usage: {}, stopReason: null }),
  read(memory, event) {
    switch (event['type']) {
      case 'message_start':
        return parsed(messageStart, event, ({ message }) => startMessage(memory, message))
      case 'content_block_start':
        return parsed(blockStart, event, (start) => startBlock(memory, start))
      case 'content_block_delta':
        return parsed(blockDelta, event, (delta) => growBlock(memory, delta))
      case 'content_block_stop':
        return stopBlock(memory)
      case 'message_delta':
        return parsed(messageDelta, event, (delta) => growMessage(memory, delta))
      case 'message_stop':
        return { memory, parts: [...stopBlock(memory).parts, anthropicEnd(memory.stopReason)] }
      default:
        return { memory, parts: [] }
    }
  },
  finish: () => ({ fault: brokenOff }),
}

type Step = Exclude<StreamStep<AnthropicMemory>, { fault: string }>

function parsed<S extends z.ZodType>(
  shape: S,
  event: JsonObject,
  read: (value: z.infer<S>) => StreamStep<AnthropicMemory>,
): StreamStep<AnthropicMemory> {
  const result = shape.safeParse(event)
  return result.success ? read(result.data) : { fault: unexpected(result.error) }
}

function startMessage(
  memory: AnthropicMemory,
  { id, model, usage }: z.infer<typeof messageStart>['message'],
): Step {
  const known = isJsonObject(usage) ? usage : {}
  // What is written so far says nothing of what will have been written.
  const { output_tokens: _early, ...input } = known
  return {
    memory: { ...memory, usage: input },
    parts: [{ type: 'start', model: model || null, id: id || null }, ...anthropicUsage(input)],
  }
}

function startBlock(
  memory: AnthropicMemory,
  { index: blockIndex, content_block: block }: z.infer<typeof blockStart>,
): Step {
  const closed = stopBlock(memory)
  if (block.type !== 'tool_use') {
    return { memory: closed.memory, parts: [...closed.parts, ...spokenBlock(block)] }
  }
  const index = memory.callCount
  const argumentsDelta = earlyArguments(block)
  const open = { blockIndex, index, hasArguments: argumentsDelta !== '' }
  const call = { type: 'tool-delta', index, ...calledBy(block, index), argumentsDelta } as const
  return {
    memory: { ...closed.memory, open, callCount: index + 1 },
    parts: [...closed.parts, call],
  }
}

/** Anthropic starts with an empty object; a compatible server may give all at once. */
function earlyArguments({ input }: AnthropicBlock): string {
  return isJsonObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : ''
}

function growBlock(
  memory: AnthropicMemory,
  { index, delta }: z.infer<typeof blockDelta>,
): StreamStep<AnthropicMemory> {
  if (delta.type !== 'input_json_delta') return { memory, parts: spokenDelta(delta) }
  const { open } = memory
  if (open?.blockIndex !== index) return { memory, parts: [] }
  const argumentsDelta = delta.partial_json ?? ''
  if (argumentsDelta === '') return { memory, parts: [] }
  return {
    memory: { ...memory, open: { ...open, hasArguments: true } },
    parts: [{ type: 'tool-delta', index: open.index, argumentsDelta }],
  }
}

function spokenDelta(delta: z.infer<typeof blockDelta>['delta']): readonly CompletionPart[] {
  if (delta.type === 'text_delta') return spokenBlock({ ...delta, type: 'text' })
  const isThinking = delta.type === 'thinking_delta' || delta.type === 'signature_delta'
  return isThinking ? spokenBlock({ ...delta, type: 'thinking' }) : []
}

/** A call without arguments is a call with none, in a stream as in a whole reply. */
function stopBlock(memory: AnthropicMemory): Step {
  const { open } = memory
  if (!open) return { memory, parts: [] }
  const empty = { type: 'tool-delta', index: open.index, argumentsDelta: '{}' } as const
  return { memory: { ...memory, open: null }, parts: open.hasArguments ? [] : [empty] }
}

function growMessage(
  memory: AnthropicMemory,
  { delta, usage }: z.infer<typeof messageDelta>,
): Step {
  const more = isJsonObject(usage)
    ? Object.entries(usage).filter(([, value]) => value !== null)
    : []
  const merged = { ...memory.usage, ...Object.fromEntries(more) }
  return {
    memory: { ...memory, usage: merged, stopReason: delta?.stop_reason ?? memory.stopReason },
    parts: more.length > 0 ? anthropicUsage(merged) : [],
  }
}
