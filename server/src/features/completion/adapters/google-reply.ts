import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { CompletionPart, FinishReason } from '../part.ts'
import { argumentsText, type JsonReading } from './read-json.ts'
import { looseText, readWhole } from './reply-shape.ts'
import { geminiLogprobs, geminiTokens } from './token-chances.ts'
import { unusable } from './unusable.ts'
import { consistentUsage, countOf, sumOf } from './usage.ts'

/** Other kinds of parts (images, a server's own tools) were not asked for and are passed over. */
const part = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish().catch(null),
  thoughtSignature: looseText,
  functionCall: z
    .looseObject({ id: looseText, name: z.string(), args: z.unknown().optional() })
    .nullish(),
})

const candidate = z.looseObject({
  content: z.looseObject({ parts: z.array(part).nullish() }).nullish(),
  finishReason: looseText,
  logprobsResult: geminiLogprobs,
})

/** A whole reply, and each event of a stream. A blocked prompt has no candidate. */
export const geminiReply = z.looseObject({
  responseId: looseText,
  modelVersion: looseText,
  candidates: z.array(candidate).nullish(),
  promptFeedback: z.looseObject({ blockReason: looseText }).nullish().catch(null),
  usageMetadata: z.unknown().optional(),
})

export type GeminiReply = z.infer<typeof geminiReply>

/** A whole 2xx body of `generateContent`. */
export function readGoogleReply(body: string, reading?: JsonReading): readonly CompletionPart[] {
  return readWhole(body, {
    label: 'Google',
    shape: geminiReply,
    member: 'candidates',
    toParts: (reply) => toParts(reply, body),
    reading,
  })
}

function toParts(reply: GeminiReply, body: string): readonly CompletionPart[] {
  const first = reply.candidates?.[0]
  if (!first) return [unusable('Google', blockFault(reply) ?? 'no candidates', body)]
  const { parts, callCount } = geminiParts(reply, 0)
  return [
    geminiStart(reply),
    ...parts,
    ...geminiUsage(reply.usageMetadata),
    geminiEnd(first.finishReason ?? null, callCount > 0),
  ]
}

/** Why there is no answer, if Google refused the prompt. */
export function blockFault({ promptFeedback }: GeminiReply): string | null {
  const reason = promptFeedback?.blockReason
  return reason ? `the prompt was blocked: ${reason}` : null
}

export function geminiStart({ modelVersion, responseId }: GeminiReply): CompletionPart {
  return { type: 'start', model: modelVersion || null, id: responseId || null }
}

/** The parts of the first candidate; `callCount` calls came before them. */
export function geminiParts(
  reply: GeminiReply,
  callCount: number,
): { readonly parts: readonly CompletionPart[]; readonly callCount: number } {
  const [candidate] = reply.candidates ?? []
  const content = candidate?.content?.parts ?? []
  let index = callCount
  const parts = content.flatMap((one): readonly CompletionPart[] => {
    const { functionCall, thoughtSignature } = one
    if (!functionCall) return spokenParts(one)
    const { id, name, args } = functionCall
    const call = {
      type: 'tool-delta' as const,
      index,
      id: id || callId(reply.responseId, index),
      name,
      argumentsDelta: argumentsText(args),
      ...(thoughtSignature ? { signature: thoughtSignature } : {}),
    }
    index += 1
    return [call]
  })
  return { parts: [...parts, ...geminiTokens(candidate?.logprobsResult)], callCount: index }
}

/** An id that no other call of the conversation has, for models that give none. */
function callId(responseId: string | null | undefined, index: number): string {
  return responseId ? `call_${responseId}_${index}` : `call_${index}`
}

/** Thinking is unsigned in our parts; where Google signs it, an empty text carries the signature. */
function spokenParts({
  text,
  thought,
  thoughtSignature,
}: z.infer<typeof part>): readonly CompletionPart[] {
  const signed = thoughtSignature ? { signature: thoughtSignature } : {}
  const spoken = thought ? '' : (text ?? '')
  return [
    ...(thought && text ? [{ type: 'reasoning-delta' as const, text }] : []),
    ...(spoken || thoughtSignature
      ? [{ type: 'text-delta' as const, text: spoken, ...signed }]
      : []),
  ]
}

const finishReasons = new Map<string, FinishReason>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
])

/** Google says `STOP` of a reply that is a call, too. */
export function geminiEnd(rawFinishReason: string | null, hasCalls: boolean): CompletionPart {
  const reason = finishReasons.get(rawFinishReason ?? '') ?? 'other'
  const finishReason = reason === 'stop' && hasCalls ? 'tool_calls' : reason
  return { type: 'end', finishReason, rawFinishReason }
}

/** Thinking stands beside the candidates here, and what tools read beside the prompt. */
export function geminiUsage(usage: unknown): readonly CompletionPart[] {
  const known = isJsonObject(usage) ? consistentUsage(claimedUsage(usage)) : null
  return known === null ? [] : [{ type: 'usage', usage: known }]
}

function claimedUsage(usage: JsonObject) {
  const reasoningTokens = countOf(usage['thoughtsTokenCount'])
  const toolTokens = countOf(usage['toolUsePromptTokenCount'])
  return {
    inputTokens: sumOf(countOf(usage['promptTokenCount']), toolTokens),
    outputTokens: sumOf(countOf(usage['candidatesTokenCount']), reasoningTokens),
    cacheReadTokens: countOf(usage['cachedContentTokenCount']),
    cacheWriteTokens: null,
    reasoningTokens,
  }
}
