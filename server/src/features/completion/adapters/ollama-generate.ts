import { z } from 'zod'
import type { JsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import type { ReplyReader } from '../provider.ts'
import {
  ollamaEnd,
  ollamaEnding,
  ollamaStart,
  ollamaUsage,
  thoughtAndText,
} from './ollama-reply.ts'
import { readWhole, unexpected } from './reply-shape.ts'
import { brokenOff, frameStream, type StreamState } from './stream-frame.ts'
import { listedTokens } from './token-chances.ts'

const label = 'Ollama'

/** A line of a stream. */
const generated = ollamaEnding.extend({
  response: z.string().nullish(),
  thinking: z.string().nullish(),
})

const wholeReply = generated.extend({ response: z.string() })

type Generated = z.infer<typeof generated>

/** Ollama's `/api/generate`, which goes on with a text; only its replies are read. */
export const ollamaGenerate: ReplyReader<StreamState<null>> = {
  kind: 'ollama',
  framing: 'ndjson',
  describe: () => ({
    label,
    canStream: true,
    hasTools: false,
    hasImages: true,
    hasJsonSchema: true,
    hasReasoning: true,
  }),
  readReply: (body, reading) =>
    readWhole(body, {
      label,
      shape: wholeReply,
      member: 'response',
      toParts: (reply) => [...lineParts(reply), ...endingOf(reply)],
      reading,
    }),
  ...frameStream({
    label,
    start: () => null,
    read: (memory: null, line: JsonObject) => {
      const parsed = generated.safeParse(line)
      if (!parsed.success) return { fault: unexpected(parsed.error) }
      const reply = parsed.data
      return { memory, parts: [...lineParts(reply), ...(reply.done ? endingOf(reply) : [])] }
    },
    finish: () => ({ fault: brokenOff }),
  }),
}

function lineParts(reply: Generated): readonly CompletionPart[] {
  const { thinking, response, logprobs } = reply
  return [ollamaStart(reply), ...thoughtAndText(thinking, response), ...listedTokens(logprobs)]
}

function endingOf(reply: Generated): readonly CompletionPart[] {
  return [...ollamaUsage(reply), ollamaEnd(reply, false)]
}
