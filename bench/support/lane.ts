import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface LaneReply {
  readonly status: number
  readonly body: Buffer
}

interface Exchange {
  resolve(reply: LaneReply): void
  reject(error: Error): void
}

const lastChunk = Buffer.from('0\r\n\r\n')
export const headEnd = '\r\n\r\n'

/**
 * One kept-alive HTTP/1.1 connection, one exchange at a time. The load shares its cores with the
 * server it measures, so this does as little as a client can: the request is written as it is
 * given, and of a reply only status and length are read. Of replies in chunks the end is looked for.
 */
export class Lane implements Disposable {
  readonly #socket: Socket
  #exchange: Exchange | undefined
  #chunks: Buffer[] = []
  #receivedBytes = 0
  /** Known once the head of the reply is there. */
  #expected:
    | {
        readonly status: number
        readonly headBytes: number
        /** 0: unknown. */ readonly bytes: number
      }
    | undefined

  static async open(port: number): Promise<Lane> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Lane(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The server closed the connection')))
  }

  /** Sends a whole request, head and body, and waits for the whole reply. */
  exchange(request: Uint8Array): Promise<LaneReply> {
    if (this.#exchange) return Promise.reject(new Error('The lane is taken'))
    const { promise, resolve, reject } = Promise.withResolvers<LaneReply>()
    this.#exchange = { resolve, reject }
    this.#socket.write(request)
    return promise
  }

  /** Asks for a path and waits for the last byte; throws unless the reply is a 200. */
  async get(path: string): Promise<Buffer> {
    const reply = await this.exchange(
      Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1${headEnd}`),
    )
    if (reply.status !== 200)
      throw new Error(`GET ${path}: ${reply.status} ${reply.body.toString()}`)
    return reply.body
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#receivedBytes += chunk.byteLength
    this.#expected ??= this.#readHead()
    if (!this.#expected || this.#receivedBytes < this.#expected.bytes) return
    if (this.#expected.bytes === 0 && !endsInLastChunk(Buffer.concat(this.#chunks.slice(-5))))
      return
    const { status, headBytes } = this.#expected
    const body = Buffer.concat(this.#chunks).subarray(headBytes)
    const exchange = this.#exchange
    this.#chunks = []
    this.#receivedBytes = 0
    this.#expected = undefined
    this.#exchange = undefined
    exchange?.resolve({ status, body })
  }

  #readHead() {
    const text = Buffer.concat(this.#chunks).toString('latin1')
    const end = text.indexOf(headEnd)
    if (end < 0) return undefined
    const head = text.slice(0, end)
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? []
    const status = Number(head.slice(9, 12))
    if (/\r\ntransfer-encoding: chunked/i.test(head)) {
      return { status, headBytes: end + headEnd.length, bytes: 0 }
    }
    if (length === undefined) {
      this.#fail(new Error(`A reply without a length: ${head}`))
      return undefined
    }
    const headBytes = end + headEnd.length
    return { status, headBytes, bytes: headBytes + Number(length) }
  }

  #fail(error: Error): void {
    this.#exchange?.reject(error)
    this.#exchange = undefined
  }
}

function endsInLastChunk(chunk: Buffer): boolean {
  return chunk.subarray(-5).equals(lastChunk)
}
