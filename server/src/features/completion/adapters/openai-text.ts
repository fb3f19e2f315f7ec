import { z } from 'zod'
import type { JsonObject } from '../../../platform/json.ts'
import type { ConnectionKind } from '../../models/index.ts'
import type { CompletionPart } from '../part.ts'
import type { ReplyReader } from '../provider.ts'
import { openAiEnd, openAiUsage } from './openai-reply.ts'
import { otherDelta } from './other-texts.ts'
import { looseText, readWhole, unexpected } from './reply-shape.ts'
import {
  brokenOff,
  frameStream,
  type StreamDialect,
  type StreamState,
  type StreamStep,
} from './stream-frame.ts'
import { textTokens, textLogprobs } from './token-chances.ts'

/** What must be known of a stream's past. */
interface TextMemory {
  readonly hasChoices: boolean
  readonly finishReason: string | null
}

const choice = z.looseObject({
  index: z.number().nullish(),
  text: z.string().nullish(),
  finish_reason: looseText,
  logprobs: textLogprobs,
})

/** A whole reply, and each chunk of a stream, whose last one may hold no choice. */
const textReply = z.looseObject({
  id: looseText,
  model: looseText,
  choices: z.array(choice).nullish(),
  usage: z.unknown().optional(),
})

const wholeReply = textReply.extend({ choices: z.array(choice).min(1) })

type TextReply = z.infer<typeof textReply>

/** Kinds of connections that speak OpenAI's dialect. */
export type OpenAiKind = Extract<ConnectionKind, 'openai' | 'openai-compatible' | 'local'>

/** OpenAI's older `/completions`, which go on with a text; only their replies are read. */
export function textCompletions(
  kind: OpenAiKind,
  label: string,
): ReplyReader<StreamState<TextMemory>> {
  return {
    kind,
    framing: 'sse',
    describe: () => ({
      label,
      canStream: true,
      hasTools: false,
      hasImages: false,
      hasJsonSchema: false,
      hasReasoning: false,
    }),
    readReply: (body, reading) =>
      readWhole(body, {
        label,
        shape: wholeReply,
        member: 'choices',
        toParts: wholeParts,
        reading,
      }),
    ...frameStream(textStream(label)),
  }
}

function wholeParts(reply: z.infer<typeof wholeReply>): readonly CompletionPart[] {
  const reason = firstChoice(reply)?.finish_reason ?? null
  return [...chunkParts(reply), openAiEnd(reason, false)]
}

function textStream(label: string): StreamDialect<TextMemory> {
  return {
    label,
    endMark: '[DONE]',
    start: () => ({ hasChoices: false, finishReason: null }),
    read: readChunk,
    finish(memory, hasEndMark) {
      // As with chat: a finish reason says that nothing is missing, mark or not.
      if (!hasEndMark && memory.finishReason === null) return { fault: brokenOff }
      if (!memory.hasChoices) return { fault: 'no choices' }
      return { memory, parts: [openAiEnd(memory.finishReason, false)] }
    },
  }
}

function readChunk(memory: TextMemory, value: JsonObject): StreamStep<TextMemory> {
  const parsed = textReply.safeParse(value)
  if (!parsed.success) return { fault: unexpected(parsed.error) }
  const first = firstChoice(parsed.data)
  return {
    memory: {
      hasChoices: memory.hasChoices || first !== undefined,
      finishReason: first?.finish_reason ?? memory.finishReason,
    },
    parts: chunkParts(parsed.data),
  }
}

function firstChoice({ choices }: TextReply) {
  return choices?.find(({ index }) => (index ?? 0) === 0)
}

function chunkParts({ id, model, choices, usage }: TextReply): readonly CompletionPart[] {
  const spoken = (choices ?? []).flatMap(({ index, text, logprobs }): readonly CompletionPart[] => {
    const said = text ?? ''
    if (index) return otherDelta(index, said)
    const delta = said === '' ? [] : [{ type: 'text-delta' as const, text: said }]
    return [...delta, ...textTokens(logprobs)]
  })
  return [{ type: 'start', model: model || null, id: id || null }, ...spoken, ...openAiUsage(usage)]
}
