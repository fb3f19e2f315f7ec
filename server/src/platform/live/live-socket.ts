import type { WebSocket } from 'ws'
import { FrameQueue, type QueueLimits } from './frame-queue.ts'

/** Time as a live socket needs it; tests bring their own. */
export interface Pulse {
  nowMs(): number
  /** Calls `beat` again and again until disposed. */
  every(intervalMs: number, beat: () => void): Disposable
}

const systemPulse: Pulse = {
  nowMs: () => performance.now(),
  every(intervalMs, beat) {
    const timer = setInterval(beat, intervalMs)
    timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
}

export interface LiveSocketOptions {
  readonly limits: QueueLimits
  /** The message that tells a client how many it missed. */
  readonly gap: (missed: number) => string
  /** Time between two pings; 20 s unless said otherwise. */
  readonly pingEveryMs?: number
  readonly pulse?: Pulse
}

const mebibyte = 1024 * 1024
/** Small, because a ping waits behind what is already handed over. */
const handedOverMarkBytes = mebibyte / 4
const maxHeldBytes = 16 * mebibyte
const beatMs = 1000
const usualPingEveryMs = 20_000
const pongWithinMs = 20_000
const stalledAfterMs = 30_000
const closeWithinMs = 2000

const tryAgainLater = 1013
const goingAway = 1001
const open = 1

/**
 * The way out to one client. `send` never waits and never throws: frames go into a bounded
 * queue and are handed to the socket only while it holds little, so that what a slow client has
 * not taken waits here, where it can be dropped. When the queue is full (messages or bytes, what
 * the socket holds included) the oldest frames are dropped; in their place, before the next frame
 * that is left, the client gets one gap message with the number missed, and the stream goes on.
 * A client that takes nothing for 30 s while something waits, or for which more than 16 MiB
 * would be held although its queue allows it, is closed with 1013 and cut off 2 s later. A client
 * that neither answers a ping within 20 s nor says anything else is cut off.
 */
export class LiveSocket implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #queue: FrameQueue
  readonly #gap: (missed: number) => string
  readonly #pingEveryMs: number
  readonly #pulse: Pulse
  readonly #beat: Disposable
  readonly #closed = Promise.withResolvers<void>()
  #missed = 0
  #tookAtMs: number
  #pingedAtMs: number
  #isPongDue = false
  #closingSinceMs: number | undefined

  constructor(socket: WebSocket, options: LiveSocketOptions) {
    this.#socket = socket
    this.#queue = new FrameQueue(options.limits)
    this.#gap = options.gap
    this.#pingEveryMs = options.pingEveryMs ?? usualPingEveryMs
    this.#pulse = options.pulse ?? systemPulse
    this.#tookAtMs = this.#pulse.nowMs()
    this.#pingedAtMs = this.#tookAtMs
    this.#beat = this.#pulse.every(beatMs, () => this.#onBeat())
    const hear = (): void => {
      this.#isPongDue = false
    }
    socket.on('pong', hear)
    socket.on('message', hear)
    // NOTE: an error without a listener would stop the process; 'close' follows it.
    socket.on('error', () => socket.terminate())
    socket.once('close', () => this.#onClose())
    if (socket.readyState > open) this.#onClose()
  }

  /** Resolves when the connection is over, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Frames that this client was told it missed. */
  get missed(): number {
    return this.#missed
  }

  /** Bytes that wait for this client, handed over or not. */
  get heldBytes(): number {
    return this.#queue.bytes + this.#socket.bufferedAmount
  }

  /** Sends a text frame, in order, when the client takes it. */
  send(frame: Buffer | string): void {
    if (this.#isOver()) return
    const bytes = typeof frame === 'string' ? Buffer.from(frame) : frame
    if (this.heldBytes === 0) this.#tookAtMs = this.#pulse.nowMs()
    this.#queue.add(bytes, this.#socket.bufferedAmount)
    if (this.heldBytes > maxHeldBytes) this.#cutOff('too much waits')
    else this.#handOver()
  }

  /** Ends the connection; what still waits is not sent. */
  close(code: number, reason: string): void {
    if (this.#isOver()) return
    this.#closingSinceMs = this.#pulse.nowMs()
    this.#queue.clear()
    this.#socket.close(code, reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close(goingAway, 'server stopping')
    await this.#closed.promise
  }

  #isOver(): boolean {
    return this.#closingSinceMs !== undefined || this.#socket.readyState !== open
  }

  #handOver(): void {
    while (!this.#isOver() && this.#socket.bufferedAmount < handedOverMarkBytes) {
      const head = this.#queue.take()
      if (head === undefined) return
      if ('missed' in head) this.#missed += head.missed
      const frame = 'frame' in head ? head.frame : this.#gap(head.missed)
      this.#socket.send(frame, { binary: false }, (error) => {
        if (error === undefined || error === null) this.#onTaken()
      })
    }
  }

  #onTaken(): void {
    this.#tookAtMs = this.#pulse.nowMs()
    if (!this.#queue.isEmpty) this.#handOver()
  }

  #onBeat(): void {
    const nowMs = this.#pulse.nowMs()
    if (this.#closingSinceMs !== undefined) {
      if (nowMs - this.#closingSinceMs >= closeWithinMs) this.#socket.terminate()
      return
    }
    if (this.heldBytes > 0 && nowMs - this.#tookAtMs >= stalledAfterMs) this.#cutOff('too slow')
    else this.#checkPulse(nowMs)
  }

  #checkPulse(nowMs: number): void {
    if (this.#isPongDue) {
      if (nowMs - this.#pingedAtMs >= pongWithinMs) this.#socket.terminate()
      return
    }
    if (nowMs - this.#pingedAtMs < this.#pingEveryMs || this.#isOver()) return
    this.#pingedAtMs = nowMs
    this.#isPongDue = true
    this.#socket.ping()
  }

  #cutOff(reason: string): void {
    this.close(tryAgainLater, reason)
  }

  #onClose(): void {
    this.#beat[Symbol.dispose]()
    this.#queue.clear()
    this.#closingSinceMs ??= this.#pulse.nowMs()
    this.#closed.resolve()
  }
}
