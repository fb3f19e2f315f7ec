import {
  blockFault,
  geminiEnd,
  geminiParts,
  geminiReply,
  geminiStart,
  geminiUsage,
} from './google-reply.ts'
import { unexpected } from './reply-shape.ts'
import { brokenOff, type StreamDialect } from './stream-frame.ts'

/** What must be known of a stream's past. */
export interface GoogleMemory {
  readonly callCount: number
  readonly finishReason: string | null
}

/** The events of `streamGenerateContent`. There is no end mark: the last event has the reason. */
export const googleStream: StreamDialect<GoogleMemory> = {
  label: 'Google',
  start: () => ({ callCount: 0, finishReason: null }),
  read(memory, event) {
    const parsed = geminiReply.safeParse(event)
    if (!parsed.success) return { fault: unexpected(parsed.error) }
    const reply = parsed.data
    const fault = blockFault(reply)
    if (fault !== null && !reply.candidates?.length) return { fault }
    const { parts, callCount } = geminiParts(reply, memory.callCount)
    const finishReason = reply.candidates?.[0]?.finishReason ?? memory.finishReason
    return {
      memory: { callCount, finishReason },
      parts: [geminiStart(reply), ...parts, ...geminiUsage(reply.usageMetadata)],
    }
  },
  finish(memory) {
    if (memory.finishReason === null) return { fault: brokenOff }
    return { memory, parts: [geminiEnd(memory.finishReason, memory.callCount > 0)] }
  },
}
