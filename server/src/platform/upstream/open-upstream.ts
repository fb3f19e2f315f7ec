import { setTimeout as wait } from 'node:timers/promises'
import { Agent } from 'undici'
import { type Clock, systemClock } from '../clock.ts'
import { abortReason, mayConnectLater } from './connection-fault.ts'
import { Exchange, type ExchangeLimits, type ReplyHead } from './exchange.ts'
import { guardedConnect, type Resolve } from './guarded-connect.ts'
import { reachTest, type AddressTest } from './inside-addresses.ts'
import { readText } from './read-text.ts'
import { backoffMs, retryRules, retryWaitMs } from './retry-plan.ts'
import { UpstreamError, type UpstreamFault } from './upstream-error.ts'
import type { Upstream, UpstreamReply, UpstreamRequest } from './upstream.ts'

/** Limits, and time and chance as powers: tests give their own. */
export interface UpstreamOptions {
  /** The longest wait for the first byte of a reply's body. Default 120,000. */
  readonly firstByteMs?: number
  /** The longest wait between two chunks after that. Default 60,000. */
  readonly betweenChunksMs?: number
  /** The largest reply. Default 64 MiB. */
  readonly replyBytes?: number
  readonly clock?: Pick<Clock, 'nowSeconds'>
  /** Ends at once, in whatever way, when the signal fires. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  readonly random?: () => number
  /** Addresses inside that guarded requests may go to all the same. Default none. */
  readonly isAllowedInside?: AddressTest
  /** How guarded requests find the addresses of a name. */
  readonly resolve?: Resolve
}

/** Opens the pool towards model providers. Disposing it ends what is under way. */
export function openUpstream(options: UpstreamOptions = {}): Upstream {
  return new PooledUpstream(options)
}

const connectMs = 10_000

function openAgent(connect: NonNullable<Agent.Options['connect']>): Agent {
  return new Agent({
    // Over HTTP/2 undici sends a request again when the server goes away, and an abort leaves
    // the socket open.
    allowH2: false,
    connect,
    // Each exchange watches over its own limits, which differ by phase.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

interface Answered {
  readonly exchange: Exchange
  readonly head: ReplyHead
  readonly attempts: number
}

class PooledUpstream implements Upstream {
  readonly #agent: Agent
  readonly #guardedAgent: Agent
  readonly #limits: ExchangeLimits
  readonly #powers: Required<Pick<UpstreamOptions, 'clock' | 'sleep' | 'random'>>
  readonly #running = new Set<AbortController>()

  constructor({
    firstByteMs = 120_000,
    betweenChunksMs = 60_000,
    replyBytes = 64 * 1024 * 1024,
    clock = systemClock,
    sleep = async (ms, signal) => wait(ms, undefined, { signal }),
    random = Math.random,
    isAllowedInside = () => false,
    resolve,
  }: UpstreamOptions) {
    this.#limits = { firstByteMs, betweenChunksMs, replyBytes }
    this.#powers = { clock, sleep, random }
    this.#agent = openAgent({ timeout: connectMs })
    const mayReach = reachTest(isAllowedInside)
    const guard = { mayReach, timeoutMs: connectMs, ...(resolve && { resolve }) }
    this.#guardedAgent = openAgent(guardedConnect(guard))
  }

  async post(request: UpstreamRequest): Promise<UpstreamReply> {
    const { signal } = request
    if (signal?.aborted) throw new UpstreamError(aborted(signal), 0)
    const stop = new AbortController()
    const follow = () => stop.abort(signal?.reason)
    const release = () => {
      signal?.removeEventListener('abort', follow)
      this.#running.delete(stop)
    }
    signal?.addEventListener('abort', follow, { once: true })
    this.#running.add(stop)
    try {
      const answered = await this.#ask(request, stop.signal)
      void answered.exchange.over.then(release)
      return replyOf(answered, request.replyBytes ?? this.#limits.replyBytes)
    } catch (error) {
      release()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#running) stop.abort('the server stops')
    await Promise.all([this.#agent.destroy(), this.#guardedAgent.destroy()])
  }

  /** Sends until there is an answer to give back. */
  async #ask(request: UpstreamRequest, signal: AbortSignal): Promise<Answered> {
    for (let attempts = 1; ; attempts += 1) {
      const exchange = this.#send(request, signal, attempts)
      const waitMs = await this.#settle(exchange, attempts, request.maxAttempts)
      if (waitMs === null) return { exchange, head: await exchange.head, attempts }
      await this.#pause(waitMs, signal, attempts)
      // Usually over by now; one that is not must not hold its socket.
      exchange.stop({ kind: 'aborted', reason: 'the refusal was not read to its end' })
    }
  }

  #send(request: UpstreamRequest, signal: AbortSignal, attempt: number): Exchange {
    const { firstByteMs = this.#limits.firstByteMs, replyBytes = this.#limits.replyBytes } = request
    const exchange = new Exchange({ ...this.#limits, firstByteMs, replyBytes }, attempt)
    const stop = () => exchange.stop(aborted(signal))
    signal.addEventListener('abort', stop, { once: true })
    void exchange.over.then(() => signal.removeEventListener('abort', stop))
    dispatch(request.isGuarded === true ? this.#guardedAgent : this.#agent, request, exchange)
    return exchange
  }

  /** The wait before the next attempt, or null when this one has the answer. */
  async #settle(
    exchange: Exchange,
    attempt: number,
    attempts = retryRules.attempts,
  ): Promise<number | null> {
    const random = this.#powers.random()
    const rules = { ...retryRules, attempts }
    try {
      const head = await exchange.head
      const nowSeconds = this.#powers.clock.nowSeconds()
      return retryWaitMs(head, { attempt, random, nowSeconds }, rules)
    } catch (error) {
      if (attempt >= attempts || !wasNeverReceived(exchange, error)) throw error
      return backoffMs(attempt, random, rules)
    }
  }

  async #pause(waitMs: number, signal: AbortSignal, attempts: number): Promise<void> {
    try {
      await this.#powers.sleep(waitMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (signal.aborted) throw new UpstreamError(aborted(signal), attempts)
  }
}

function aborted({ reason }: AbortSignal): UpstreamFault {
  return { kind: 'aborted', reason: abortReason(reason) }
}

/** Sure that the provider knows nothing of the request: a prompt must not run twice. */
function wasNeverReceived(exchange: Exchange, error: unknown): boolean {
  if (exchange.wasSent || !(error instanceof UpstreamError)) return false
  return error.fault.kind === 'transport' && mayConnectLater(error.cause)
}

function dispatch(agent: Agent, { url, headers, body }: UpstreamRequest, exchange: Exchange): void {
  const target = URL.parse(url)
  if (!target) {
    exchange.stop({ kind: 'transport', reason: 'the address is no URL' })
    return
  }
  const path = `${target.pathname}${target.search}`
  agent.dispatch(
    { origin: target.origin, path, headers: wireHeaders(headers), ...methodOf(body) },
    exchange,
  )
}

function methodOf(body: string | undefined) {
  return body === undefined ? { method: 'GET' as const } : { method: 'POST' as const, body }
}

function wireHeaders(given: UpstreamRequest['headers']): Record<string, string> {
  const lower = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    'content-type': 'application/json',
    'user-agent': 'pharos',
    // How often a request has passed a gateway such as ours; loops are found by it.
    'x-pharos-hops': '1',
    ...Object.fromEntries(lower),
    'accept-encoding': 'identity',
  }
}

function replyOf({ exchange, head, attempts }: Answered, replyBytes: number): UpstreamReply {
  const chunks = plainChunks({ exchange, head, attempts })
  return {
    ...head,
    attempts,
    chunks,
    text: async (limitBytes = replyBytes) => readText(chunks, limitBytes),
  }
}

/** The body's bytes; a compressed body, which nobody asked for, is a fault and not text. */
function plainChunks({ exchange, head, attempts }: Answered): AsyncIterable<Uint8Array> {
  const encoding = head.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return exchange.read()
  const fault: UpstreamFault = { kind: 'transport', reason: `the reply is in ${encoding}` }
  exchange.stop(fault)
  const fail = async (): Promise<never> => {
    throw new UpstreamError(fault, attempts)
  }
  return { [Symbol.asyncIterator]: () => ({ next: fail }) }
}
