import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What came of one stream. Times are from the request on, in milliseconds. */
export interface StreamSeen {
  readonly firstTokenMs: number
  readonly wholeMs: number
  readonly frames: number
  /** How much longer than the provider each frame took after the one before it. */
  readonly addedGapsMs: readonly number[]
  /** False when it was left before its end. */
  readonly isWhole: boolean
}

const mark = /word(\d+) @([\d.]+)@/g
const end = '\r\n0\r\n\r\n'
const goodHead = 'HTTP/1.1 200 '

/** One kept-alive connection that reads streams; as little work as a client can do. */
export class StreamLane implements Disposable {
  readonly #socket: Socket

  static async open(port: number): Promise<StreamLane> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new StreamLane(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    // What an error breaks is told by `close`.
    socket.on('error', () => undefined)
  }

  /**
   * Sends a request and reads its stream to the end; `leaveAfter` frames the connection is dropped
   * instead. Throws for a reply that is no stream, and for a frame that is not the next.
   */
  async exchange(request: Uint8Array, leaveAfter = Infinity): Promise<StreamSeen> {
    const { promise, resolve, reject } = Promise.withResolvers<StreamSeen>()
    const reading = new StreamReading(performance.now())
    const take = (chunk: string): void => {
      try {
        const isWhole = reading.take(chunk)
        if (!isWhole && reading.frames < leaveAfter) return
        if (!isWhole) this.#socket.destroy()
        resolve(reading.seen(isWhole))
      } catch (error) {
        reject(error)
      }
    }
    const fail = (): void => reject(new Error(`The stream broke off: ${reading.held}`))
    this.#socket.on('data', take)
    this.#socket.on('close', fail)
    this.#socket.write(request)
    try {
      return await promise
    } finally {
      this.#socket.off('data', take)
      this.#socket.off('close', fail)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

class StreamReading {
  readonly #startedMs: number
  readonly #addedGapsMs: number[] = []
  #hasHead = false
  #firstTokenMs = Number.NaN
  #last: { readonly sent: number; readonly seen: number } | undefined
  frames = 0
  held = ''

  constructor(startedMs: number) {
    this.#startedMs = startedMs
  }

  /** Reads on; true at the end of the reply. */
  take(chunk: string): boolean {
    const seen = performance.now()
    this.held += chunk
    if (!this.#hasHead && this.held.length < goodHead.length) return false
    if (!this.#hasHead && !this.held.startsWith(goodHead))
      throw new Error(`No stream: ${this.held}`)
    this.#hasHead = true
    let taken = 0
    for (const match of this.held.matchAll(mark)) {
      const [whole, index, sent] = match
      this.#note({ index: Number(index), sent: Number(sent), seen })
      taken = match.index + whole.length
    }
    this.held = this.held.slice(taken)
    return this.held.endsWith(end)
  }

  seen(isWhole: boolean): StreamSeen {
    const wholeMs = performance.now() - this.#startedMs
    const { frames } = this
    const firstTokenMs = this.#firstTokenMs
    return { firstTokenMs, wholeMs, frames, addedGapsMs: this.#addedGapsMs, isWhole }
  }

  #note({ index, sent, seen }: { index: number; sent: number; seen: number }): void {
    this.frames += 1
    if (index !== this.frames) throw new Error(`Frame ${index} came where ${this.frames} was due`)
    if (this.#last) this.#addedGapsMs.push(seen - this.#last.seen - (sent - this.#last.sent))
    else this.#firstTokenMs = seen - this.#startedMs
    this.#last = { sent, seen }
  }
}
