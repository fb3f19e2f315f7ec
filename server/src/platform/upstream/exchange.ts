import type { Dispatcher } from 'undici'
import { ChunkQueue } from './chunk-queue.ts'
import { faultReason } from './connection-fault.ts'
import { UpstreamError, type UpstreamFault } from './upstream-error.ts'

export interface ExchangeLimits {
  readonly firstByteMs: number
  readonly betweenChunksMs: number
  readonly replyBytes: number
}

export interface ReplyHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

type Controller = Dispatcher.DispatchController
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/**
 * One request on the wire. undici calls it; a head and a queue of chunks come out.
 *
 *     waiting → (head) → (chunk)* → over
 *
 * The first-byte limit runs until the first byte of the body, because some gateways send the head
 * long before the model speaks. After it each wait for the next chunk is limited, except while the
 * reader is so slow that the socket is paused. Whatever ends it early closes the socket.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits
  readonly #attempt: number
  readonly #head = Promise.withResolvers<ReplyHead>()
  readonly #over = Promise.withResolvers<void>()
  readonly #chunks: ChunkQueue
  #controller: Controller | null = null
  #isOver = false
  #receivedBytes = 0
  /** The timer that runs is that of the wait for another chunk. */
  #isBetween = false
  #timer: NodeJS.Timeout

  constructor(limits: ExchangeLimits, attempt: number) {
    this.#limits = limits
    this.#attempt = attempt
    this.#timer = this.#limit('first-byte', limits.firstByteMs)
    this.#chunks = new ChunkQueue({
      pause: () => {
        this.#isBetween = false
        clearTimeout(this.#timer)
        this.#controller?.pause()
      },
      resume: () => {
        this.#awaitChunk()
        this.#controller?.resume()
      },
      cancel: () => this.stop({ kind: 'aborted', reason: 'the reply was not read to its end' }),
    })
  }

  /** Rejects with UpstreamError. */
  get head(): Promise<ReplyHead> {
    return this.#head.promise
  }

  /** When nothing more can come. Never rejects. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** True as soon as a byte may have reached the provider: from then on it may be at work. */
  get wasSent(): boolean {
    return this.#controller !== null
  }

  /** The body, to be read once. Throws UpstreamError. */
  read(): AsyncIterableIterator<Uint8Array, void, undefined> {
    return this.#chunks.read()
  }

  /** Ends the exchange now and closes its socket. Without effect once it is over. */
  stop(fault: UpstreamFault): void {
    if (!this.#finish(new UpstreamError(fault, this.#attempt))) return
    this.#controller?.abort(new Error(fault.kind))
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    // undici tells of the request only now; nothing has been written yet.
    if (this.#isOver) controller.abort(new Error('stopped'))
  }

  onResponseStart(_: Controller, status: number, headers: Headers): void {
    if (status >= 200) this.#head.resolve({ status, headers: plainHeaders(headers) })
  }

  onResponseData(_: Controller, chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#receivedBytes += chunk.byteLength
    if (this.#receivedBytes > this.#limits.replyBytes) {
      const reason = `the reply is larger than ${this.#limits.replyBytes} bytes`
      this.stop({ kind: 'transport', reason })
      return
    }
    this.#chunks.push(chunk)
    if (!this.#chunks.isPaused) this.#awaitChunk()
  }

  onResponseEnd(): void {
    this.#finish(null)
  }

  onResponseError(_: Controller | null, error: Error): void {
    const fault: UpstreamFault = { kind: 'transport', reason: faultReason(error) }
    this.#finish(new UpstreamError(fault, this.#attempt, error))
  }

  #finish(failure: UpstreamError | null): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    clearTimeout(this.#timer)
    if (failure) this.#head.reject(failure)
    this.#chunks.end(failure)
    this.#over.resolve()
    return true
  }

  #awaitChunk(): void {
    if (this.#isOver) return
    if (this.#isBetween) {
      this.#timer.refresh()
      return
    }
    this.#isBetween = true
    clearTimeout(this.#timer)
    this.#timer = this.#limit('between-chunks', this.#limits.betweenChunksMs)
  }

  #limit(phase: 'first-byte' | 'between-chunks', afterMs: number): NodeJS.Timeout {
    return setTimeout(() => this.stop({ kind: 'timeout', phase, afterMs }), afterMs)
  }
}

function plainHeaders(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
