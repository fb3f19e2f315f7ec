import { z } from 'zod'
import type { JsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import {
  argumentsDelta,
  callSignature,
  openAiEnd,
  openAiLogprobs,
  openAiMessage,
  openAiUsage,
  spokenParts,
  tokenParts,
  type OpenAiToolCall,
} from './openai-reply.ts'
import { looseText, unexpected } from './reply-shape.ts'
import { brokenOff, type StreamDialect, type StreamStep } from './stream-frame.ts'

/** What must be known of a stream's past. */
export interface OpenAiMemory {
  readonly hasChoices: boolean
  /** The calls so far in their order, by what the provider calls them. */
  readonly calls: readonly SeenCall[]
  readonly finishReason: string | null
}

interface SeenCall {
  readonly id: string
  readonly index: number | null
}

const chunkShape = z.looseObject({
  id: looseText,
  model: looseText,
  choices: z
    .array(
      z.looseObject({
        index: z.number().nullish(),
        delta: openAiMessage.nullish(),
        finish_reason: looseText,
        logprobs: openAiLogprobs,
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
})

/** The stream of `/chat/completions`. Its last chunk holds the usage and no choice. */
export function openAiStream(label: string): StreamDialect<OpenAiMemory> {
  return {
    label,
    endMark: '[DONE]',
    start: () => ({ hasChoices: false, calls: [], finishReason: null }),
    read: readChunk,
    finish(memory, hasEndMark) {
      // Some servers leave the mark out; a finish reason then says that nothing is missing.
      if (!hasEndMark && memory.finishReason === null) return { fault: brokenOff }
      if (!memory.hasChoices) return { fault: 'no choices' }
      return { memory, parts: [openAiEnd(memory.finishReason, memory.calls.length > 0)] }
    },
  }
}

function readChunk(memory: OpenAiMemory, value: JsonObject): StreamStep<OpenAiMemory> {
  const parsed = chunkShape.safeParse(value)
  if (!parsed.success) return { fault: unexpected(parsed.error) }
  const { id, model, choices, usage } = parsed.data
  const choice = choices?.find(({ index }) => (index ?? 0) === 0)
  const start: CompletionPart = { type: 'start', model: model || null, id: id || null }
  if (!choice) return { memory, parts: [start, ...openAiUsage(usage)] }
  const called = followCalls(memory.calls, choice.delta?.tool_calls ?? [])
  return {
    memory: {
      hasChoices: true,
      calls: called.calls,
      finishReason: choice.finish_reason ?? memory.finishReason,
    },
    parts: [
      start,
      ...(choice.delta ? spokenParts(choice.delta) : []),
      ...called.parts,
      ...tokenParts(choice.logprobs),
      ...openAiUsage(usage),
    ],
  }
}

function followCalls(known: readonly SeenCall[], deltas: readonly OpenAiToolCall[]) {
  if (deltas.length === 0) return { calls: known, parts: [] }
  const calls = [...known]
  const parts = deltas.map((delta): CompletionPart => {
    const at = findCall(calls, delta)
    const index = at < 0 ? calls.length : at
    const more = { argumentsDelta: argumentsDelta(delta), ...callSignature(delta) }
    if (at >= 0) return { type: 'tool-delta', index, ...more }
    const id = delta.id || `call_${index}`
    calls.push({ id, index: delta.index ?? null })
    return { type: 'tool-delta', index, id, name: delta.function?.name ?? '', ...more }
  })
  return { calls, parts }
}

/**
 * The call that a delta goes on with, or -1 for a new one. OpenAI goes by index; some servers
 * leave it out or give every call the same, but then each call begins with an id of its own.
 */
function findCall(calls: readonly SeenCall[], { index, id }: OpenAiToolCall): number {
  const hasIndex = index !== null && index !== undefined
  const at = hasIndex ? calls.findLastIndex((call) => call.index === index) : calls.length - 1
  return id && id !== calls[at]?.id ? calls.findLastIndex((call) => call.id === id) : at
}
