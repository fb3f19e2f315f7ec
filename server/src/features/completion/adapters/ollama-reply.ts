import { z } from 'zod'
import type { CompletionPart, FinishReason } from '../part.ts'
import { argumentsText, type JsonReading } from './read-json.ts'
import { looseText, readWhole } from './reply-shape.ts'
import { listedLogprobs, listedTokens } from './token-chances.ts'
import { consistentUsage, countOf } from './usage.ts'

const toolCall = z.looseObject({
  id: looseText,
  function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
})

/** What replies of any of its routes have in common. */
export const ollamaEnding = z.looseObject({
  model: looseText,
  created_at: looseText,
  done: z.boolean().nullish().catch(null),
  done_reason: looseText,
  prompt_eval_count: z.unknown().optional(),
  eval_count: z.unknown().optional(),
  logprobs: listedLogprobs,
})

type OllamaEnding = z.infer<typeof ollamaEnding>

/** A whole reply, and each line of a stream. */
export const ollamaReply = ollamaEnding.extend({
  message: z.looseObject({
    content: z.string().nullish(),
    thinking: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
  }),
})

export type OllamaReply = z.infer<typeof ollamaReply>

/** A whole 2xx body of `/api/chat`. */
export function readOllamaReply(body: string, reading?: JsonReading): readonly CompletionPart[] {
  return readWhole(body, {
    label: 'Ollama',
    shape: ollamaReply,
    member: 'message',
    toParts,
    reading,
  })
}

function toParts(reply: OllamaReply): readonly CompletionPart[] {
  const { parts, callCount } = ollamaParts(reply, 0)
  return [ollamaStart(reply), ...parts, ...ollamaUsage(reply), ollamaEnd(reply, callCount > 0)]
}

export function ollamaStart({ model }: OllamaEnding): CompletionPart {
  return { type: 'start', model: model || null, id: null }
}

/** What a reply or line says; a call always comes whole. `callCount` calls came before. */
export function ollamaParts(
  { message, created_at: createdAt, logprobs }: OllamaReply,
  callCount: number,
): { readonly parts: readonly CompletionPart[]; readonly callCount: number } {
  const { content, thinking, tool_calls: calls } = message
  const called = (calls ?? []).map(({ id, function: { name, arguments: given } }, at) => ({
    type: 'tool-delta' as const,
    index: callCount + at,
    id: id || callId(createdAt, callCount + at),
    name,
    argumentsDelta: argumentsText(given),
  }))
  const parts = [...thoughtAndText(thinking, content), ...called, ...listedTokens(logprobs)]
  return { parts, callCount: callCount + called.length }
}

type Said = string | null | undefined

/** Ollama's reply or line in words. */
export function thoughtAndText(thought: Said, text: Said): readonly CompletionPart[] {
  return [
    ...(thought ? [{ type: 'reasoning-delta' as const, text: thought }] : []),
    ...(text ? [{ type: 'text-delta' as const, text }] : []),
  ]
}

/** An id that no other call of the conversation has, for versions that give none. */
function callId(createdAt: string | null | undefined, index: number): string {
  const moment = (createdAt ?? '').replaceAll(/\D/g, '')
  return moment === '' ? `call_${index}` : `call_${moment}_${index}`
}

const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['length', 'length'],
])

/** Ollama says `stop` of a reply that is a call, too. */
export function ollamaEnd({ done_reason: raw }: OllamaEnding, hasCalls: boolean): CompletionPart {
  const reason = finishReasons.get(raw ?? '') ?? 'other'
  const finishReason = reason === 'stop' && hasCalls ? 'tool_calls' : reason
  return { type: 'end', finishReason, rawFinishReason: raw ?? null }
}

/** Ollama counts what it evaluated and says nothing of its cache or of thinking. */
export function ollamaUsage(reply: OllamaEnding): readonly CompletionPart[] {
  const known = consistentUsage({
    inputTokens: countOf(reply.prompt_eval_count),
    outputTokens: countOf(reply.eval_count),
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  })
  return known === null ? [] : [{ type: 'usage', usage: known }]
}
