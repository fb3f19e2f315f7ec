import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { TokenUsage } from '../../pricing/index.ts'
import type { CompletionPart, FinishReason } from '../part.ts'
import { argumentsText, type JsonReading } from './read-json.ts'
import { otherDelta } from './other-texts.ts'
import { looseText, readWhole } from './reply-shape.ts'
import { openAiLogprobs, openAiTokens } from './token-chances.ts'
import { consistentUsage, countOf, sumOf } from './usage.ts'

const called = z.looseObject({ name: looseText, arguments: z.unknown().optional() })

const toolCall = z.looseObject({
  index: z.int().nonnegative().nullish().catch(null),
  id: looseText,
  function: called.nullish(),
  custom: z.looseObject({ name: looseText, input: looseText }).nullish().catch(null),
  extra_content: z.unknown().optional(),
})

/** What a whole message and a delta have in common. Some servers give the text in blocks. */
export const openAiMessage = z.looseObject({
  content: z.union([z.string(), z.array(z.unknown())]).nullish(),
  refusal: z.string().nullish(),
  reasoning_content: looseText,
  reasoning: looseText,
  tool_calls: z.array(toolCall).nullish(),
  function_call: called.nullish().catch(null),
})

const choice = z.looseObject({
  message: openAiMessage,
  finish_reason: looseText,
  logprobs: openAiLogprobs,
})

const whole = z.looseObject({
  id: looseText,
  model: looseText,
  choices: z.array(choice).min(1),
  usage: z.unknown().optional(),
})

export type OpenAiMessage = z.infer<typeof openAiMessage>
export type OpenAiToolCall = z.infer<typeof toolCall>

/** A whole 2xx body of `/chat/completions`; `label` names the provider in a fault's reason. */
export function readOpenAiReply(
  label: string,
  body: string,
  reading?: JsonReading,
): readonly CompletionPart[] {
  return readWhole(body, { label, shape: whole, member: 'choices', toParts, reading })
}

function toParts({ id, model, choices, usage }: z.infer<typeof whole>): readonly CompletionPart[] {
  return [
    { type: 'start', model: model || null, id: id || null },
    ...choices.slice(0, 1).flatMap(choiceParts),
    ...choices.slice(1).flatMap(({ message }, at) => otherDelta(at + 1, textOf(message.content))),
    ...openAiUsage(usage),
    endOf(choices[0]),
  ]
}

function choiceParts({ message, logprobs }: z.infer<typeof choice>): readonly CompletionPart[] {
  const calls = callsIn(message).map(wholeCall)
  return [...spokenParts(message), ...calls, ...openAiTokens(logprobs)]
}

function endOf(first: z.infer<typeof choice> | undefined): CompletionPart {
  const hasCalls = first !== undefined && callsIn(first.message).length > 0
  return openAiEnd(first?.finish_reason ?? null, hasCalls)
}

/** Thinking, text and refusal of a message or delta. */
export function spokenParts(message: OpenAiMessage): readonly CompletionPart[] {
  const reasoning = (message.reasoning_content || message.reasoning) ?? ''
  const text = textOf(message.content) + (message.refusal ?? '')
  return [
    ...(reasoning === '' ? [] : [{ type: 'reasoning-delta', text: reasoning } as const]),
    ...(text === '' ? [] : [{ type: 'text-delta', text } as const]),
  ]
}

export function textOf(content: OpenAiMessage['content']): string {
  if (typeof content === 'string') return content
  return (content ?? [])
    .map((block) => (isJsonObject(block) && typeof block['text'] === 'string' ? block['text'] : ''))
    .join('')
}

function wholeCall(call: OpenAiToolCall, index: number): CompletionPart {
  return {
    type: 'tool-delta',
    index,
    id: call.id || `call_${index}`,
    name: calledName(call),
    argumentsDelta: argumentsDelta(call),
    ...callSignature(call),
  }
}

/** The calls of a message or delta; who asks with `functions` is answered with the one. */
export function callsIn(message: OpenAiMessage): readonly OpenAiToolCall[] {
  const { tool_calls: calls, function_call: only } = message
  if (calls?.length) return calls
  return only ? [{ function: only }] : []
}

export function calledName({ function: called, custom }: OpenAiToolCall): string {
  return called?.name ?? custom?.name ?? ''
}

/** The text of arguments as received; some servers send the object itself. */
export function argumentsDelta({ function: called, custom }: OpenAiToolCall): string {
  const given = called?.arguments ?? custom?.input ?? ''
  return argumentsText(given)
}

/** A thought signature, where Google's own compatible endpoint puts it. */
export function callSignature({ extra_content: extra }: OpenAiToolCall): { signature?: string } {
  const google = isJsonObject(extra) ? extra['google'] : undefined
  const signature = isJsonObject(google) ? google['thought_signature'] : undefined
  return typeof signature === 'string' ? { signature } : {}
}

const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
])

/** The end of a choice. Some servers say `stop` of a reply that is a call. */
export function openAiEnd(rawFinishReason: string | null, hasCalls: boolean): CompletionPart {
  const reason = finishReasons.get(rawFinishReason ?? '') ?? 'other'
  const finishReason = reason === 'stop' && hasCalls ? 'tool_calls' : reason
  return { type: 'end', finishReason, rawFinishReason }
}

/** Usage as a part; nothing when there is none. */
export function openAiUsage(usage: unknown): readonly CompletionPart[] {
  const known = isJsonObject(usage) ? consistentUsage(claimedUsage(usage)) : null
  return known === null ? [] : [{ type: 'usage', usage: known }]
}

function claimedUsage(usage: JsonObject): TokenUsage {
  const read = memberOf(usage, 'prompt_tokens_details')
  const written = memberOf(usage, 'completion_tokens_details')
  const inputTokens = countOf(usage['prompt_tokens'])
  const visible = countOf(usage['completion_tokens'])
  const reasoningTokens = countOf(written['reasoning_tokens'])
  const all = sumOf(inputTokens, visible, reasoningTokens)
  // Servers that count thinking beside the output (xAI) show it in their total.
  const isBeside = Number(reasoningTokens) > 0 && countOf(usage['total_tokens']) === all
  return {
    inputTokens,
    outputTokens: isBeside ? sumOf(visible, reasoningTokens) : visible,
    cacheReadTokens: countOf(read['cached_tokens']) ?? countOf(usage['prompt_cache_hit_tokens']),
    cacheWriteTokens: countOf(read['cache_write_tokens']),
    reasoningTokens,
  }
}

function memberOf(map: JsonObject, key: string): JsonObject {
  const member = map[key]
  return isJsonObject(member) ? member : {}
}
