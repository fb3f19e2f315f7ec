import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { writeHead } from './send-reply.ts'
import type { StreamReply } from './surface.ts'

/** A client that takes no byte for so long holds what it asked for in vain. */
const longestStallMs = 60_000

/** So that no proxy holds pieces back. */
const streamHeaders = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

/**
 * Sends a document piece by piece and resolves when it is out or the client has left. The head goes
 * with the first piece, so that what fails before it can still be answered otherwise. A slow client
 * slows the stream and nothing else; one that takes nothing for a minute is cut off.
 */
export async function sendStream(reply: FastifyReply, answer: StreamReply<number>): Promise<void> {
  const { raw } = reply
  let hasHead = false
  const begin = () => {
    if (hasHead) return
    hasHead = true
    beginStream(reply, answer)
  }
  try {
    for await (const piece of answer.stream) {
      begin()
      if (raw.destroyed) return
      // Whoever asks for the head alone does not wait for what follows.
      if (reply.request.method === 'HEAD') break
      if (!raw.write(piece)) await drained(raw)
    }
    begin()
    raw.end()
  } catch (error) {
    if (!hasHead) throw error
    reply.request.log.error({ err: error }, 'a stream failed')
    raw.destroy()
  }
}

function beginStream(reply: FastifyReply, { status, headers, contentType }: StreamReply<number>) {
  writeHead(reply, status, { ...streamHeaders, ...headers })
  reply.header('content-type', contentType)
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  reply.hijack()
  // A broken connection is told by `close`; without a listener its error would end the process.
  raw.on('error', () => undefined)
  raw.writeHead(status)
}

/** Resolves when more can be written, or never will be. */
async function drained(raw: ServerResponse): Promise<void> {
  if (raw.destroyed) return
  await new Promise<void>((resolve) => {
    const stalled = setTimeout(() => raw.destroy(), longestStallMs)
    const done = () => {
      clearTimeout(stalled)
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.once('drain', done)
    raw.once('close', done)
  })
}
