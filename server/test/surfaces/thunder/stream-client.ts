import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { StreamFrame, streamPath, type NewLogFrame } from '@pharos/contract/thunder/stream.ts'
import { WebSocket, type ClientOptions } from 'ws'
import { postLog, type PostedLog } from './post-log.ts'

const patienceMs = 15_000

/** A socket on `/logs/stream` that keeps every frame in the order it came. */
export class StreamClient implements Disposable {
  readonly frames: StreamFrame[] = []
  readonly socket: WebSocket
  /** Code of the close, once there is one. */
  readonly closed: Promise<number>

  private constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = once(socket, 'close').then(([code]) => Number(code))
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) throw new Error('a binary frame came')
      this.frames.push(StreamFrame.parse(JSON.parse(data.toString('utf8'))))
    })
  }

  static async open(baseUrl: string, key?: string, options?: ClientOptions): Promise<StreamClient> {
    const client = new StreamClient(new WebSocket(streamUrl(baseUrl, key), options))
    await once(client.socket, 'open')
    return client
  }

  /** What was told, up to the log with this id, which it waits for. Later frames stay. */
  async takeUntil(requestId: string): Promise<StreamFrame[]> {
    const isIt = (frame: StreamFrame): boolean => idOf(frame) === requestId
    await this.#until(() => this.frames.some(isIt))
    return this.frames.splice(0, this.frames.findIndex(isIt) + 1)
  }

  /** The only log told so far, which it waits for. */
  async takeOne(): Promise<NewLogFrame['data']> {
    await this.#until(() => this.frames.length > 0)
    const [frame, ...others] = this.frames.splice(0)
    if (frame?.type !== 'new_log' || others.length > 0) throw new Error('not one log was told')
    return frame.data
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }

  async #until(isEnough: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(patienceMs)
    while (!isEnough()) {
      await sleep(5)
      if (deadline.aborted) throw new Error(`Only ${this.frames.length} frames came`)
    }
  }
}

function streamUrl(baseUrl: string, key: string | undefined): string {
  const query = key === undefined ? '' : `?api_key=${encodeURIComponent(key)}`
  return `${baseUrl.replace('http', 'ws')}${streamPath}${query}`
}

function idOf(frame: StreamFrame): string | undefined {
  return frame.type === 'new_log' ? frame.data.request_id : undefined
}

/** The ids of the logs told; in the place of a gap how many are missing. */
export function idsOf(frames: readonly StreamFrame[]): (string | number)[] {
  return frames.map((frame) => (frame.type === 'new_log' ? frame.data.request_id : frame.missed))
}

export interface Opening {
  /** 101 if the socket opened. */
  readonly status: number
  readonly text: string
}

/** How the server answers the wish to open a socket. */
export async function openingOf(
  baseUrl: string,
  key?: string,
  options?: ClientOptions,
): Promise<Opening> {
  const socket = new WebSocket(streamUrl(baseUrl, key), options)
  const { promise, resolve, reject } = Promise.withResolvers<Opening>()
  socket.on('open', () => resolve({ status: 101, text: '' }))
  socket.on('error', reject)
  socket.on('unexpected-response', (_request, response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
    })
  })
  try {
    return await promise
  } finally {
    socket.terminate()
  }
}

/** Posts a log and waits until the stream has told of it to a client that sees all. */
export async function postTold(url: string, request: PostedLog, adminKey?: string): Promise<void> {
  using admin = await StreamClient.open(url, adminKey)
  await postLog(url, request)
  await admin.takeUntil(request.request_id)
}
