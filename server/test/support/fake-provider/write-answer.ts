import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './plan-answer.ts'

/** Sends an answer chunk by chunk; rejects when `gone` fires during a wait. */
export async function writeAnswer(
  response: ServerResponse,
  { head, chunks, ending, pace }: Answer,
  gone: AbortSignal,
): Promise<void> {
  if (head) {
    response.writeHead(head.status, head.headers)
    response.flushHeaders()
  }
  for (const [index, chunk] of resplit(chunks, pace.splitBytes).entries()) {
    if (pace.delayMs !== undefined && index > 0) await sleep(pace.delayMs, null, { signal: gone })
    await pace.pause?.(index)
    if (gone.aborted) return
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone })
  }
  if (ending === 'end') response.end()
}

function resplit(
  chunks: Answer['chunks'],
  size: number | undefined,
): readonly (string | Uint8Array)[] {
  if (size === undefined) return chunks
  const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)))
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}
