import type { Access } from '@pharos/contract/route.ts'
import { streamPath } from '@pharos/contract/thunder/stream.ts'
import type { WebSocket } from 'ws'
import {
  ownerKeyOf,
  type Caller,
  type CallerWatch,
  type Uses,
} from '../../features/identity/index.ts'
import {
  isAdmin,
  isNewLogEvent,
  loadNewLogs,
  owns,
  type NewLogEvent,
} from '../../features/inference-logs/index.ts'
import type { Listener } from '../../platform/bus/bus.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import type { SocketRoute } from '../../platform/http/mount-socket.ts'
import { LiveSocket } from '../../platform/live/live-socket.ts'
import type { Log } from '../../platform/log/create-log.ts'
import { laggedText, logFrame, type LogFrame } from './stream-frames.ts'

const limits = { maxMessages: 256, maxBytes: 16 * 1024 * 1024 }
const pingEveryMs = 30_000
/** Events of other processes that wait to be loaded; past it the oldest count as missed. */
const maxWaitingEvents = 1_000
const maxLoadedAtOnce = 100

const policyViolation = 1008

export interface LogStreamOptions extends Uses<'db' | 'vault'> {
  readonly log: Log
  readonly callerWatch: Pick<CallerWatch, 'watch'>
}

/** The sockets of callers that see the same logs in the same form. */
interface Audience {
  /** One of them, by which it is decided what all of them see. */
  readonly caller: Caller
  readonly sockets: Set<LiveSocket>
  /** Logs that could not be loaded, of which nobody was told yet. */
  missed: number
}

/**
 * `/logs/stream`. Each stored log goes, after its commit, to every socket whose caller may list it.
 * Frames are made once for admins and once for all others, and put into each socket's queue of 256
 * messages or 16 MiB: past it the oldest are dropped, one `lagged` message says how many, and the
 * stream goes on. A socket that was opened with a key or a session is closed with 1008 when that
 * ends or its powers change. Whatever a client sends is ignored. Source: thunder contract §5.3, rulings §10.
 */
export class LogStream implements Listener, AsyncDisposable {
  readonly #options: LogStreamOptions
  readonly #audiences = new Map<string, Audience>()
  readonly #waiting: NewLogEvent[] = []
  #isDelivering = false

  constructor(options: LogStreamOptions) {
    this.#options = options
  }

  get socketCount(): number {
    return this.#allAudiences().reduce((sum, { sockets }) => sum + sockets.size, 0)
  }

  /** With nobody connected it keeps nothing. */
  get isListening(): boolean {
    return this.#audiences.size > 0
  }

  hear(event: BusEvent): void {
    if (!isNewLogEvent(event) || !this.isListening) return
    this.#waiting.push(event)
    while (this.#waiting.length > maxWaitingEvents) this.#noteMissed(this.#waiting.splice(0, 1))
    if (!this.#isDelivering) void this.#deliverAll()
  }

  route(): SocketRoute<Caller, Access> {
    return {
      path: streamPath,
      access: 'logs:read',
      explainsHandshake: true,
      onSocket: (socket, { caller }) => this.#join(socket, caller),
    }
  }

  /** Closes every socket with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = this.#allAudiences().flatMap((audience) => [...audience.sockets])
    await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
  }

  #join(webSocket: WebSocket, caller: Caller): void {
    const socket = new LiveSocket(webSocket, { limits, gap: laggedText, pingEveryMs })
    const key = audienceKeyOf(caller)
    const audience = this.#audiences.get(key) ?? { caller, sockets: new Set(), missed: 0 }
    this.#audiences.set(key, audience)
    audience.sockets.add(socket)
    const watching = this.#options.callerWatch.watch(caller, (reason) =>
      socket.close(policyViolation, reason),
    )
    void socket.closed.then(() => {
      watching?.[Symbol.dispose]()
      audience.sockets.delete(socket)
      if (audience.sockets.size === 0) this.#audiences.delete(key)
    })
  }

  #allAudiences(): Audience[] {
    return [...this.#audiences.values()]
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true
    try {
      while (this.#waiting.length > 0) {
        await this.#deliver(this.#waiting.splice(0, maxLoadedAtOnce))
        // What was dropped meanwhile was the oldest of those waiting, so it belongs here.
        for (const audience of this.#allAudiences()) tellMissed(audience)
      }
    } finally {
      this.#isDelivering = false
    }
  }

  async #deliver(events: readonly NewLogEvent[]): Promise<void> {
    try {
      const logs = await loadNewLogs(this.#options.db, events)
      const frames = logs.map((log) => logFrame(this.#options, log))
      for (const audience of this.#allAudiences()) tell(audience, frames)
    } catch (error) {
      this.#noteMissed(events)
      this.#options.log.warn({ err: error }, 'new logs could not be told to the stream')
    }
  }

  #noteMissed(events: readonly NewLogEvent[]): void {
    for (const audience of this.#allAudiences()) {
      const missed = events.filter(({ body: { ownerKey } }) => maySee(audience, ownerKey))
      audience.missed += missed.length
    }
  }
}

/** Callers with the same key here hold the same powers over logs. */
function audienceKeyOf(caller: Caller): string {
  return isAdmin(caller) ? 'admins' : JSON.stringify(ownerKeyOf(caller) ?? null)
}

/** NOTE: who may read a public log because of that is not told of it when it is stored. */
function maySee({ caller }: Audience, ownerKey: string | null): boolean {
  return owns(caller, { ownerKey, isPublic: false })
}

function tell(audience: Audience, frames: readonly LogFrame[]): void {
  for (const frame of frames) {
    if (!maySee(audience, frame.log.ownerKey)) continue
    const bytes = frame.bytesFor(audience.caller)
    for (const socket of audience.sockets) socket.send(bytes)
  }
}

function tellMissed(audience: Audience): void {
  const { sockets, missed } = audience
  if (missed === 0) return
  audience.missed = 0
  for (const socket of sockets) socket.send(laggedText(missed))
}
