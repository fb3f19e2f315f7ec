import { once } from 'node:events'
import { WebSocket } from 'ws'

const spanStart = '{"event":"span_created","span":{"span_id":"'
const gapStart = '{"event":"gap"'
const idLength = 16

/** A client of `/ws/live` that counts spans and sees whether each id is greater than the last. */
export class LiveClient implements Disposable {
  readonly #socket: WebSocket
  #lastId = ''
  spans = 0
  missed = 0
  outOfOrder = 0
  closeCode: number | undefined

  static async open(port: number): Promise<LiveClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/live`)
    await once(socket, 'open')
    return new LiveClient(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#take(data))
    socket.on('close', (code) => {
      this.closeCode = code
    })
  }

  subscribe(traceId: string): void {
    this.#socket.send(JSON.stringify({ action: 'subscribe_trace', trace_id: traceId }))
  }

  /** From now on reads nothing from the connection. */
  stall(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }

  #take(data: Buffer): void {
    if (data.toString('latin1', 0, spanStart.length) === spanStart) {
      const id = data.toString('latin1', spanStart.length, spanStart.length + idLength)
      if (id <= this.#lastId) this.outOfOrder += 1
      this.#lastId = id
      this.spans += 1
    } else if (data.toString('latin1', 0, gapStart.length) === gapStart) {
      const [, missed] = /"missed":(\d+)/.exec(data.toString()) ?? []
      this.missed += Number(missed)
    }
  }
}
