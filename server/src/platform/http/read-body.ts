import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import type { BodyBudget } from './body-budget.ts'
import { ClientGone, InputError } from './input-error.ts'

export interface ReadBodyOptions {
  /** Counts the bytes after inflation. */
  readonly limitBytes: number
  readonly budget: BodyBudget
  /** A client that sends nothing for so long is cut off. */
  readonly stallMs: number
}

/** A body in memory. Its buffer owns its memory, so it may be transferred to a thread. */
export interface HeldBody extends Disposable {
  readonly bytes: Buffer
}

type Encoding = 'identity' | 'gzip' | 'deflate'

function encodingOf(source: IncomingMessage): Encoding {
  const encoding = source.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding === 'x-gzip') return 'gzip'
  if (encoding === 'identity' || encoding === 'gzip' || encoding === 'deflate') return encoding
  throw new InputError({ kind: 'content-encoding', encoding, message: 'not supported' })
}

/** Zlib's own streams work off the main thread and stop when nobody reads. */
function inflate(source: IncomingMessage, encoding: 'gzip' | 'deflate'): Readable {
  const options = { chunkSize: 64 * 1024 }
  const inflater = encoding === 'gzip' ? createGunzip(options) : createInflate(options)
  source.once('close', () => {
    if (!source.complete) inflater.destroy(new ClientGone())
  })
  return source.pipe(inflater)
}

/** Collects chunks, taking budget as they come unless the length was taken before. */
class Collector {
  readonly #options: ReadBodyOptions
  readonly #declared: Buffer | undefined
  readonly #chunks: Buffer[] = []
  #takenBytes = 0
  #size = 0

  constructor(options: ReadBodyOptions, declaredBytes: number | undefined) {
    this.#options = options
    this.#takenBytes = declaredBytes ?? 0
    if (declaredBytes !== undefined) this.#declared = Buffer.allocUnsafeSlow(declaredBytes)
  }

  async add(chunk: Buffer): Promise<void> {
    const size = this.#size + chunk.length
    const { limitBytes, budget } = this.#options
    if (size > limitBytes) throw new InputError({ kind: 'too-large', limitBytes })
    if (this.#declared === undefined) {
      await budget.takeMore(chunk.length)
      this.#takenBytes += chunk.length
      this.#chunks.push(chunk)
    } else {
      chunk.copy(this.#declared, this.#size)
    }
    this.#size = size
  }

  /** The whole body in memory of its own, never in Node's shared pool. */
  whole(): Buffer {
    if (this.#declared !== undefined) return this.#declared.subarray(0, this.#size)
    const whole = Buffer.allocUnsafeSlow(this.#size)
    let at = 0
    for (const chunk of this.#chunks) at += chunk.copy(whole, at)
    this.#chunks.length = 0
    return whole
  }

  release(): void {
    this.#options.budget.give(this.#takenBytes)
    this.#takenBytes = 0
  }
}

function translate(error: unknown, source: IncomingMessage, encoding: Encoding): unknown {
  if (error instanceof InputError || error instanceof ClientGone) return error
  if (source.destroyed && !source.complete) return new ClientGone(error)
  return new InputError({ kind: 'content-encoding', encoding, message: 'the body is corrupt' })
}

async function collect(
  source: IncomingMessage,
  encoding: Encoding,
  collector: Collector,
  stallMs: number,
): Promise<void> {
  const stalled = setTimeout(() => source.destroy(new ClientGone()), stallMs)
  const stream: Readable = encoding === 'identity' ? source : inflate(source, encoding)
  try {
    // NOTE: leaving the loop must not destroy the socket, the refusal still has to be sent.
    const chunks: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false })
    for await (const chunk of chunks) {
      stalled.refresh()
      await collector.add(chunk)
    }
  } catch (error) {
    if (stream !== source) {
      source.unpipe()
      stream.destroy()
    }
    throw translate(error, source, encoding)
  } finally {
    clearTimeout(stalled)
  }
}

function declaredBytesOf(source: IncomingMessage): number | undefined {
  const length = source.headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/**
 * Reads a request's body, inflated if it says so. The caller disposes the result once the
 * request is answered. Throws InputError `too-large`, `busy` or `content-encoding`, and
 * ClientGone when there is nobody left to answer.
 */
export async function readBody(
  source: IncomingMessage,
  options: ReadBodyOptions,
): Promise<HeldBody> {
  const encoding = encodingOf(source)
  const declared = declaredBytesOf(source)
  if (declared !== undefined && declared > options.limitBytes) {
    throw new InputError({ kind: 'too-large', limitBytes: options.limitBytes })
  }
  const reserved = encoding === 'identity' ? declared : undefined
  await options.budget.take(reserved ?? 0)
  const collector = new Collector(options, reserved)
  try {
    await collect(source, encoding, collector, options.stallMs)
  } catch (error) {
    collector.release()
    throw error
  }
  return { bytes: collector.whole(), [Symbol.dispose]: () => collector.release() }
}

/**
 * Reads away what is left of a refused body, so that the client gets to see the refusal instead
 * of a reset connection; a client that sends more than `maxBytes` or takes longer is cut off.
 */
export function discardRest(source: IncomingMessage, maxBytes: number, maxMs: number): void {
  if (source.complete || source.destroyed) return
  let left = maxBytes
  const timer = setTimeout(() => source.destroy(), maxMs)
  timer.unref()
  source.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) source.destroy()
  })
  source.once('close', () => clearTimeout(timer))
  source.once('end', () => clearTimeout(timer))
  source.resume()
}
