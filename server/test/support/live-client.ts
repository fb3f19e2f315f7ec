import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket, type ClientOptions } from 'ws'

export type Frame = Readonly<Record<string, unknown>>

const patienceMs = 15_000

/** A socket on `/ws/live` that keeps every frame in the order it came. */
export class LiveClient implements Disposable {
  readonly frames: Frame[] = []
  readonly socket: WebSocket
  #arrived = Promise.withResolvers<void>()

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) throw new Error('a binary frame came')
      this.frames.push(JSON.parse(data.toString('utf8')) as Frame)
      this.#arrived.resolve()
      this.#arrived = Promise.withResolvers()
    })
  }

  static async open(baseUrl: string, query = '', options: ClientOptions = {}): Promise<LiveClient> {
    const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}/ws/live${query}`, options)
    const client = new LiveClient(socket)
    await once(socket, 'open')
    return client
  }

  /** Sends a frame and returns when the server has read it and all before it. */
  async tell(message: object): Promise<void> {
    this.socket.send(JSON.stringify(message))
    await this.answerTo('no json')
    this.frames.pop()
  }

  /** The next frame after this one was sent; only for sockets to which nothing else comes. */
  async answerTo(text: string | Buffer): Promise<Frame | undefined> {
    const before = this.frames.length
    this.socket.send(text)
    await this.until((frames) => frames.length > before)
    return this.frames.at(-1)
  }

  /** Waits until what came so far is enough. */
  async until(isEnough: (frames: readonly Frame[]) => boolean): Promise<readonly Frame[]> {
    const deadline = AbortSignal.timeout(patienceMs)
    while (!isEnough(this.frames)) {
      await Promise.race([this.#arrived.promise, sleep(200, undefined, { ref: false })])
      if (deadline.aborted) throw new Error(`Only ${this.frames.length} frames came`)
    }
    return this.frames
  }

  /** The frames up to the span with this id. Later ones stay for the next question. */
  async takeUntilSpan(spanId: string): Promise<Frame[]> {
    const isIt = (frame: Frame): boolean => spanIdOf(frame) === spanId
    await this.until((frames) => frames.some(isIt))
    return this.frames.splice(0, this.frames.findIndex(isIt) + 1)
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}

/** The span that a frame is about. */
export function spanIdOf(frame: Frame): string | undefined {
  const { span } = frame
  if (typeof span !== 'object' || span === null || !('span_id' in span)) return undefined
  return String(span.span_id)
}

/** The frames in a few words: `span <id>`, `trace <id>`, or what else they are. */
export function wordsOf(frames: readonly Frame[]): string[] {
  return frames.map((frame) => {
    const spanId = spanIdOf(frame)
    if (spanId !== undefined) return `span ${spanId}`
    const { trace } = frame
    if (typeof trace !== 'object' || trace === null || !('trace_id' in trace)) {
      return JSON.stringify(frame)
    }
    return `trace ${String(trace.trace_id)}`
  })
}

/**
 * The status with which the server answers the wish to open a socket, `/ws/live` unless another
 * path is named: 101 if it opens.
 */
export async function openingStatus(
  baseUrl: string,
  target = '',
  options: ClientOptions = {},
): Promise<number> {
  const path = target.startsWith('/') ? target : `/ws/live${target}`
  const socket = new WebSocket(baseUrl.replace('http', 'ws') + path, options)
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  socket.on('open', () => resolve(101))
  socket.on('error', reject)
  socket.on('unexpected-response', (_request, response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  })
  try {
    return await promise
  } finally {
    socket.terminate()
  }
}
