import { parentPort } from 'node:worker_threads'
import { toThreadError, type ThreadCall, type ThreadReply } from './thread-protocol.ts'

/** Replies are shallow; what lies deeper is copied, as everything else is. */
const maxDepth = 4

/**
 * The buffers of bytes, of a list of bytes, and of an object's members that are one of the two:
 * they move instead of being copied, which for 64 MiB would hold up the receiver for 200 ms.
 */
function movable(value: unknown): ArrayBuffer[] {
  return [...new Set(buffersOf(value, 0))]
}

function buffersOf(value: unknown, depth: number): ArrayBuffer[] {
  if (value instanceof Uint8Array) return value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  if (Array.isArray(value)) {
    return value.flatMap((part) => (part instanceof Uint8Array ? buffersOf(part, depth) : []))
  }
  if (typeof value !== 'object' || value === null || depth === maxDepth) return []
  return Object.values(value).flatMap((member) => buffersOf(member, depth + 1))
}

export interface CallServer {
  /** Tells the owner something outside of a reply. */
  notify(notice: unknown): void
}

/**
 * The thread's side: answers each call of its owner with what `handle` gives or throws. Bytes in
 * a reply must own their whole buffer, as `TextEncoder` makes them: it is moved away.
 */
export function serveCalls(handle: (message: unknown) => Promise<unknown>): CallServer {
  const port = parentPort
  if (!port) throw new Error('serveCalls runs in a worker thread only')
  const post = (reply: ThreadReply, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(reply, transfer)
  const answer = async ({ id, message }: ThreadCall): Promise<void> => {
    try {
      const value = await handle(message)
      post({ kind: 'value', id, value }, movable(value))
    } catch (error) {
      post({ kind: 'error', id, error: toThreadError(error) })
    }
  }
  port.on('message', (call: ThreadCall) => void answer(call))
  return { notify: (notice) => post({ kind: 'notice', notice }) }
}
