import { parentPort } from 'node:worker_threads'
import { toThreadError, type ThreadCall, type ThreadReply } from './thread-protocol.ts'

/** The buffers of a value that is bytes or a list of bytes: they move instead of being copied. */
function movable(value: unknown): ArrayBuffer[] {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
  return parts.flatMap((part) =>
    part instanceof Uint8Array && part.buffer instanceof ArrayBuffer ? [part.buffer] : [],
  )
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
