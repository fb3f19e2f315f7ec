import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { TokenUsage } from '../../pricing/index.ts'
import type { CompletionPart, FinishReason } from '../part.ts'
import { argumentsText, type JsonReading } from './read-json.ts'
import { looseText, readWhole } from './reply-shape.ts'
import { consistentUsage, countOf, sumOf } from './usage.ts'

/** A block of any type; one that nobody asked for (a server's own tool) is passed over. */
export const anthropicBlock = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  thinking: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
  id: looseText,
  name: looseText,
  input: z.unknown().optional(),
})

const whole = z.looseObject({
  id: looseText,
  model: looseText,
  content: z.array(anthropicBlock),
  stop_reason: looseText,
  usage: z.unknown().optional(),
})

export type AnthropicBlock = z.infer<typeof anthropicBlock>

/** A whole 2xx body of `/v1/messages`. An empty list is an answer, if an odd one. */
export function readAnthropicReply(body: string, reading?: JsonReading): readonly CompletionPart[] {
  return readWhole(body, { label: 'Anthropic', shape: whole, member: 'content', toParts, reading })
}

function toParts(reply: z.infer<typeof whole>): readonly CompletionPart[] {
  const { id, model, content, stop_reason: reason, usage } = reply
  let callCount = 0
  return [
    { type: 'start', model: model || null, id: id || null },
    ...content.flatMap((block) =>
      block.type === 'tool_use' ? [wholeCall(block, callCount++)] : spokenBlock(block),
    ),
    ...(isJsonObject(usage) ? anthropicUsage(usage) : []),
    anthropicEnd(reason ?? null),
  ]
}

function wholeCall(block: AnthropicBlock, index: number): CompletionPart {
  const argumentsDelta = argumentsText(block.input)
  return { type: 'tool-delta', index, ...calledBy(block, index), argumentsDelta }
}

/** Id and name of a call, which every call has, even of a provider that forgets them. */
export function calledBy({ id, name }: AnthropicBlock, index: number) {
  return { id: id || `call_${index}`, name: name ?? '' }
}

/** Text or thinking, as far as a block brings it along. */
export function spokenBlock(block: AnthropicBlock): readonly CompletionPart[] {
  const { type, text, thinking, signature, data } = block
  if (type === 'text' && text) return [{ type: 'text-delta', text }]
  if (type === 'redacted_thinking' && data) {
    return [{ type: 'reasoning-delta', text: '', signature: data, isRedacted: true }]
  }
  if (type !== 'thinking' || (!thinking && !signature)) return []
  const signed = signature ? { signature } : {}
  return [{ type: 'reasoning-delta', text: thinking ?? '', ...signed }]
}

const finishReasons = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
])

export function anthropicEnd(rawFinishReason: string | null): CompletionPart {
  const finishReason = finishReasons.get(rawFinishReason ?? '') ?? 'other'
  return { type: 'end', finishReason, rawFinishReason }
}

/** Cached tokens stand beside the input here, not inside it. */
export function anthropicUsage(usage: JsonObject): readonly CompletionPart[] {
  const details = usage['output_tokens_details']
  const cacheReadTokens = countOf(usage['cache_read_input_tokens'])
  const cacheWriteTokens = countOf(usage['cache_creation_input_tokens'])
  const uncached = countOf(usage['input_tokens'])
  const claimed: TokenUsage = {
    inputTokens: uncached === null ? null : sumOf(uncached, cacheReadTokens, cacheWriteTokens),
    outputTokens: countOf(usage['output_tokens']),
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: isJsonObject(details) ? countOf(details['thinking_tokens']) : null,
  }
  const known = consistentUsage(claimed)
  return known === null ? [] : [{ type: 'usage', usage: known }]
}
