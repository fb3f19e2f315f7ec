import { once } from 'node:events'
import { WebSocket } from 'ws'

const frameStart = '{"type":"new_log","data":{"request_id":"'

/** A client of `/logs/stream` that tells of each log by its id, when it comes. */
export class LogListener implements Disposable {
  readonly #socket: WebSocket
  readonly #seen = new Set<string>()
  /** Logs that came twice, and frames that are no logs. */
  strange = 0
  closeCode: number | undefined

  /** Without a key it is the owner of this machine. */
  static async open(
    port: number,
    key: string | undefined,
    onLog: (id: string) => void,
  ): Promise<LogListener> {
    const query = key === undefined ? '' : `?api_key=${encodeURIComponent(key)}`
    const socket = new WebSocket(`ws://127.0.0.1:${port}/logs/stream${query}`)
    await once(socket, 'open')
    return new LogListener(socket, onLog)
  }

  private constructor(socket: WebSocket, onLog: (id: string) => void) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#take(data, onLog))
    socket.on('close', (code) => {
      this.closeCode = code
    })
  }

  get logs(): number {
    return this.#seen.size
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }

  #take(data: Buffer, onLog: (id: string) => void): void {
    const isLog = data.toString('latin1', 0, frameStart.length) === frameStart
    const id = data.toString('latin1', frameStart.length, data.indexOf('"', frameStart.length))
    if (!isLog || this.#seen.has(id)) {
      this.strange += 1
      return
    }
    this.#seen.add(id)
    onLog(id)
  }
}
