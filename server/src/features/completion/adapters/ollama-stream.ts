import { ollamaEnd, ollamaParts, ollamaReply, ollamaStart, ollamaUsage } from './ollama-reply.ts'
import { unexpected } from './reply-shape.ts'
import { brokenOff, type StreamDialect } from './stream-frame.ts'

/** What must be known of a stream's past. */
export interface OllamaMemory {
  readonly callCount: number
}

/** The lines of `/api/chat`; the last one is `done`. */
export const ollamaStream: StreamDialect<OllamaMemory> = {
  label: 'Ollama',
  start: () => ({ callCount: 0 }),
  read(memory, line) {
    const parsed = ollamaReply.safeParse(line)
    if (!parsed.success) return { fault: unexpected(parsed.error) }
    const reply = parsed.data
    const { parts, callCount } = ollamaParts(reply, memory.callCount)
    const ending = reply.done ? [...ollamaUsage(reply), ollamaEnd(reply, callCount > 0)] : []
    return { memory: { callCount }, parts: [ollamaStart(reply), ...parts, ...ending] }
  },
  finish: () => ({ fault: brokenOff }),
}
