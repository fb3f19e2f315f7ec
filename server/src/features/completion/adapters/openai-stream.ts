import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import { placeCallDelta, type SeenCall } from './openai-calls.ts'
import {
  argumentsDelta,
  calledName,
  callsIn,
  callSignature,
  openAiEnd,
  openAiMessage,
  openAiUsage,
  spokenParts,
  textOf,
  type OpenAiToolCall,
} from './openai-reply.ts'
import { isResponseEvent, readResponseEvent } from './openai-responses-reply.ts'
import { otherDelta } from './other-texts.ts'
import { looseText, unexpected } from './reply-shape.ts'
import { brokenOff, type StreamDialect, type StreamStep } from './stream-frame.ts'
import { openAiLogprobs, openAiTokens } from './token-chances.ts'

/** What must be known of a stream's past. */
export interface OpenAiMemory {
  readonly hasChoices: boolean
  /** The calls so far in their order, by what the provider calls them. */
  readonly calls: readonly SeenCall[]
  readonly finishReason: string | null
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
  // Nearly every chunk is this, and checking it against the shape costs most of a stream's time.
  const text = memory.hasChoices ? plainText(value) : undefined
  if (text) return { memory, parts: [{ type: 'text-delta', text }] }
  if (isResponseEvent(value)) return readSearching(memory, value)
  const parsed = chunkShape.safeParse(value)
  if (!parsed.success) return { fault: unexpected(parsed.error) }
  const { id, model, choices, usage } = parsed.data
  const choice = choices?.find(({ index }) => (index ?? 0) === 0)
  const start: CompletionPart = { type: 'start', model: model || null, id: id || null }
  const others = (choices ?? []).flatMap(({ index, delta }) =>
    index ? otherDelta(index, textOf(delta?.content)) : [],
  )
  if (!choice) return { memory, parts: [start, ...others, ...openAiUsage(usage)] }
  const called = followCalls(memory.calls, choice.delta ? callsIn(choice.delta) : [])
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
      ...openAiTokens(choice.logprobs),
      ...others,
      ...openAiUsage(usage),
    ],
  }
}

/** Where the web is searched, OpenAI speaks its other dialect. */
function readSearching(memory: OpenAiMemory, event: JsonObject): StreamStep<OpenAiMemory> {
  const { calls } = memory
  const callCount = calls.length
  const call = { id: `call_${callCount}`, index: callCount }
  const withCall = () => ({ ...memory, calls: [...calls, call] })
  return readResponseEvent(memory, event, { callCount, withCall })
}

const unsaid = ['refusal', 'reasoning_content', 'reasoning', 'tool_calls', 'function_call'] as const

/** The text of a chunk that says nothing else. */
function plainText({ choices, usage }: JsonObject): string | undefined {
  const only: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined
  if (!isJsonObject(only) || (only['index'] ?? 0) !== 0) return undefined
  const { delta } = only
  const isMore = only['finish_reason'] ?? only['logprobs'] ?? usage ?? undefined
  if (isMore !== undefined || !isJsonObject(delta)) return undefined
  if (unsaid.some((name) => (delta[name] ?? undefined) !== undefined)) return undefined
  return typeof delta['content'] === 'string' ? delta['content'] : undefined
}

function followCalls(known: readonly SeenCall[], deltas: readonly OpenAiToolCall[]) {
  let calls = known
  const parts = deltas.map((delta): CompletionPart => {
    const { index, id, isNew, ...placed } = placeCallDelta(calls, delta)
    ;({ calls } = placed)
    const more = { argumentsDelta: argumentsDelta(delta), ...callSignature(delta) }
    if (!isNew) return { type: 'tool-delta', index, ...more }
    return { type: 'tool-delta', index, id, name: calledName(delta), ...more }
  })
  return { calls, parts }
}
