/** Entry of a guarded thread: one job at a time, as `GuardedRoom` sends them. */
import { began, type GuardedCall, type GuardedReply } from './guarded-protocol.ts'
import { loadExport } from './load-export.ts'
import { serveCalls } from './serve-calls.ts'
import type { Job } from './workroom.ts'

const server = serveCalls(async (message): Promise<GuardedReply> => {
  // Posted by `GuardedRoom.run` of this process.
  const { module, name, input, maxOutputBytes } = message as GuardedCall
  const job = await loadExport<Job<unknown, unknown>>({ module, name })
  // Loading code is not what is limited.
  server.notify(began)
  const value = await job.run(input)
  return isWithin(value, maxOutputBytes) ? { value } : { stopped: 'size' }
})

/**
 * Whether plain data is about this small, text counted by its length and all else as eight bytes;
 * found out before it is copied, since a short program can make text of half a gigabyte.
 */
function isWithin(value: unknown, limit: number): boolean {
  let size = 0
  const rest: unknown[] = [value]
  while (rest.length > 0 && size <= limit) {
    const next = rest.pop()
    size += typeof next === 'string' ? next.length : 8
    if (typeof next !== 'object' || next === null) continue
    for (const [key, member] of Object.entries(next)) {
      size += key.length
      rest.push(member)
      if (size > limit) break
    }
  }
  return size <= limit
}
