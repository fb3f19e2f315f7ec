import { ClientFrame, livePath } from '@pharos/contract/beacon/live.ts'
import type { Access } from '@pharos/contract/route.ts'
import type { WebSocket } from 'ws'
import type { Caller, CallerWatch, Uses } from '../../features/identity/index.ts'
import {
  isSpansEvent,
  loadTold,
  reachOf,
  type Reach,
  type SpansEvent,
} from '../../features/traces/index.ts'
import type { Listener } from '../../platform/bus/bus.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import type { SocketRoute } from '../../platform/http/mount-socket.ts'
import { isJsonObject } from '../../platform/json.ts'
import { LiveSocket } from '../../platform/live/live-socket.ts'
import type { Log } from '../../platform/log/create-log.ts'
import { framesOf, type LiveFrame } from './live-frames.ts'

const limits = { maxMessages: 10_000, maxBytes: 16 * 1024 * 1024 }
/** Events of other processes that wait to be loaded; past it the oldest are dropped as a gap. */
const maxWaitingEvents = 1_000
/** What one socket, and all together, can make the server remember. */
const maxSubscriptions = 10_000
const maxTraceIdLength = 1_024
const maxKnownTraces = 100_000

const policyViolation = 1008

export interface LiveFeedOptions extends Uses<'db'> {
  readonly log: Log
  readonly callerWatch: Pick<CallerWatch, 'watch'>
}

interface Subscriber {
  readonly socket: LiveSocket
  readonly reach: Reach
  /** The global stream; a subscription to a trace leaves it. */
  isGlobal: boolean
  readonly traceIds: Set<string>
}

/**
 * `/ws/live`. Each stored span goes once to every socket on the global stream or subscribed to
 * its trace, in the order of storage, after the commit and never within it: frames are made here
 * and put into each socket's bounded queue. A socket that was opened with a key or a
 * session is closed with 1008 when that ends. Source: beacon contract §9.
 */
export class LiveFeed implements Listener, AsyncDisposable {
  readonly #options: LiveFeedOptions
  readonly #subscribers = new Set<Subscriber>()
  /**
   * Trace ids that somebody subscribed to: leaving one returns to the global stream. Past the
   * bound the one subscribed to longest ago is forgotten.
   */
  readonly #knownTraces = new Set<string>()
  readonly #waiting: SpansEvent[] = []
  #missed = 0
  #isDelivering = false

  constructor(options: LiveFeedOptions) {
    this.#options = options
  }

  get socketCount(): number {
    return this.#subscribers.size
  }

  /** With nobody connected it keeps nothing. */
  get isListening(): boolean {
    return this.#subscribers.size > 0
  }

  hear(event: BusEvent): void {
    if (!isSpansEvent(event) || !this.isListening) return
    if (event.body.spanIds.length === 0) return
    this.#waiting.push(event)
    while (this.#waiting.length > maxWaitingEvents) {
      this.#missed += this.#waiting.shift()?.body.spanIds.length ?? 0
    }
    if (!this.#isDelivering) void this.#deliverAll()
  }

  route(): SocketRoute<Caller, Access> {
    return {
      path: livePath,
      access: 'traces:read',
      onSocket: (socket, { caller }) => this.#join(socket, caller),
    }
  }

  /** Closes every socket with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [...this.#subscribers].map(({ socket }) => socket)
    await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
  }

  #join(webSocket: WebSocket, caller: Caller): void {
    const socket = new LiveSocket(webSocket, { limits, gap: gapFrame })
    const reach = reachOf(caller)
    const subscriber: Subscriber = { socket, reach, isGlobal: true, traceIds: new Set() }
    const watching = this.#options.callerWatch.watch(caller, (reason) =>
      socket.close(policyViolation, reason),
    )
    this.#subscribers.add(subscriber)
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      const answer = isBinary ? notAnObject : this.#obey(subscriber, data.toString('utf8'))
      if (answer !== undefined) socket.send(answer)
    })
    void socket.closed.then(() => {
      this.#subscribers.delete(subscriber)
      watching?.[Symbol.dispose]()
    })
  }

  /** Does what a frame asks; gives an answer only to one that cannot be obeyed. */
  #obey(subscriber: Subscriber, text: string): string | undefined {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return notJson
    }
    if (!isJsonObject(message)) return notAnObject
    if (isCompound(message['trace_id'])) return idNotText
    const frame = ClientFrame.safeParse(message)
    if (!frame.success) return undefined
    const { action, trace_id } = frame.data
    if (action === 'subscribe_trace') return this.#subscribe(subscriber, trace_id)
    this.#unsubscribe(subscriber, trace_id)
    return undefined
  }

  #subscribe(subscriber: Subscriber, traceId: string): string | undefined {
    if (traceId.length > maxTraceIdLength) return idTooLong
    const { traceIds } = subscriber
    if (traceIds.size >= maxSubscriptions && !traceIds.has(traceId)) return tooManyTraces
    subscriber.isGlobal = false
    traceIds.add(traceId)
    this.#rememberTrace(traceId)
    return undefined
  }

  #rememberTrace(traceId: string): void {
    this.#knownTraces.delete(traceId)
    this.#knownTraces.add(traceId)
    const [oldest] = this.#knownTraces
    if (this.#knownTraces.size > maxKnownTraces && oldest !== undefined) {
      this.#knownTraces.delete(oldest)
    }
  }

  #unsubscribe(subscriber: Subscriber, traceId: string): void {
    if (!this.#knownTraces.has(traceId) && !subscriber.traceIds.has(traceId)) return
    subscriber.traceIds.delete(traceId)
    subscriber.isGlobal = true
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true
    try {
      for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
        await this.#deliver(event)
      }
    } finally {
      this.#isDelivering = false
    }
  }

  async #deliver(event: SpansEvent): Promise<void> {
    try {
      const frames = framesOf(event.local ?? (await loadTold(this.#options.db, event)))
      if (this.#missed > 0) this.#tellMissed()
      for (const subscriber of this.#subscribers) sendTo(subscriber, frames)
    } catch (error) {
      this.#missed += event.body.spanIds.length
      this.#options.log.warn({ err: error }, 'live events could not be loaded')
    }
  }

  #tellMissed(): void {
    const frame = gapFrame(this.#missed)
    this.#missed = 0
    for (const { socket } of this.#subscribers) socket.send(frame)
  }
}

const notJson = JSON.stringify({ error: 'Invalid JSON' })
const notAnObject = JSON.stringify({ error: 'A message is a JSON object in a text frame' })
const idNotText = JSON.stringify({ error: 'A trace id is a string' })
const idTooLong = JSON.stringify({
  error: `A trace id of more than ${maxTraceIdLength} characters cannot be subscribed to`,
})
const tooManyTraces = JSON.stringify({
  error: `A socket can subscribe to at most ${maxSubscriptions} traces`,
})

function isCompound(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function gapFrame(missed: number): string {
  return JSON.stringify({ event: 'gap', missed })
}

function sendTo(subscriber: Subscriber, frames: readonly LiveFrame[]): void {
  const { socket, reach, isGlobal, traceIds } = subscriber
  for (const { traceId, ownerKey, isGlobalOnly, bytes } of frames) {
    const isWanted = isGlobal || (!isGlobalOnly && traceIds.has(traceId))
    if (isWanted && mayReach(reach, ownerKey)) socket.send(bytes())
  }
}

function mayReach(reach: Reach, ownerKey: string | null): boolean {
  return reach === 'all' || reach.ownerKey === ownerKey
}
