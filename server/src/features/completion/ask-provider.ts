import { ndjsonLines } from '../../platform/upstream/ndjson-lines.ts'
import { sseEvents } from '../../platform/upstream/sse-events.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { Upstream, UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { Call } from './call.ts'
import type { CompletionFailure } from './failure.ts'
import type { CompletionPart } from './part.ts'
import { Received, withoutSecret } from './received.ts'

const maxErrorBytes = 64 * 1024
/** How long what follows the end may take; reading it keeps the connection for the next call. */
const maxRestMs = 1000

type Parts = AsyncGenerator<CompletionPart, void, undefined>

/** One exchange with a provider: its parts, and the facts that no part tells. */
export class ProviderExchange implements Disposable {
  readonly #upstream: Upstream
  readonly #call: Call
  readonly #received: Received
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #attempts = 0
  #hasHead = false
  #isOver = false

  constructor(upstream: Upstream, call: Call, signal: AbortSignal | undefined) {
    this.#upstream = upstream
    this.#call = call
    this.#received = new Received(call.connection.apiKey)
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
  }

  /** How often the request was sent so far. */
  get attempts(): number {
    return this.#attempts
  }

  /** What came so far, cut at a bound. */
  get received(): string | null {
    return this.#received.text
  }

  /** The parts in their grammar; a provider's fault is the `error` that ends them. Read once. */
  async *parts(): Parts {
    try {
      const { url, headers, bodyText: body } = this.#call
      const reply = await this.#upstream.post({ url, headers, body, signal: this.#signal })
      this.#hasHead = true
      this.#attempts = reply.attempts
      yield* this.#read(reply)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      this.#attempts = error.attempts
      if (!this.#isOver) yield { type: 'error', failure: this.#failureOf(error) }
    }
  }

  /** Closes the socket, unless the exchange is complete. */
  [Symbol.dispose](): void {
    this.#stop.abort('the reply is no longer wanted')
  }

  async *#read(reply: UpstreamReply): Parts {
    if (reply.status < 200 || reply.status > 299) {
      yield await this.#refusal(reply)
    } else if (this.#call.mode === 'whole' || isWholeReply(reply, this.#call)) {
      const text = await this.#readText(reply)
      for (const part of this.#call.adapter.readReply(text)) yield this.#shown(part)
    } else {
      yield* this.#readStream(reply)
    }
  }

  async *#readStream(reply: UpstreamReply): Parts {
    const { adapter } = this.#call
    const events = adapter.framing === 'sse' ? sseEvents : ndjsonLines
    let state = adapter.startStream()
    let limit: NodeJS.Timeout | undefined
    try {
      for await (const event of events(this.#kept(reply), { attempts: reply.attempts })) {
        if (this.#isOver) continue
        const reduced = adapter.reduceEvent(state, event)
        state = reduced.state
        for (const part of reduced.parts) yield this.#shown(part)
        if (this.#isOver) limit = setTimeout(() => this[Symbol.dispose](), maxRestMs)
      }
    } finally {
      clearTimeout(limit)
    }
    for (const part of adapter.endStream(state)) yield this.#shown(part)
  }

  async #readText(reply: UpstreamReply, limitBytes = Infinity): Promise<string> {
    const decoder = new TextDecoder()
    const texts: string[] = []
    let sizeBytes = 0
    for await (const chunk of this.#kept(reply)) {
      texts.push(decoder.decode(chunk, { stream: true }))
      sizeBytes += chunk.byteLength
      if (sizeBytes >= limitBytes) break
    }
    return texts.join('') + decoder.decode()
  }

  /** A refusal counts even when its body breaks off. */
  async #refusal(reply: UpstreamReply): Promise<CompletionPart> {
    try {
      await this.#readText(reply, maxErrorBytes)
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.fault.kind === 'aborted') throw error
    }
    const failure = { kind: 'status', status: reply.status, body: this.received ?? '' } as const
    return { type: 'error', failure }
  }

  async *#kept({ chunks }: UpstreamReply): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      this.#received.add(chunk)
      yield chunk
    }
  }

  /** A part as others may see it: a provider's complaint may quote the key. */
  #shown(part: CompletionPart): CompletionPart {
    if (part.type === 'end' || part.type === 'error') this.#isOver = true
    if (part.type !== 'error' || part.failure.kind !== 'unusable') return part
    const { apiKey } = this.#call.connection
    const reason = withoutSecret(part.failure.reason, apiKey)
    const received = withoutSecret(part.failure.received, apiKey)
    return { type: 'error', failure: { kind: 'unusable', reason, received } }
  }

  #failureOf({ fault }: UpstreamError): CompletionFailure {
    switch (fault.kind) {
      case 'timeout':
        return fault
      case 'aborted':
        return { kind: 'cancelled', reason: fault.reason }
      case 'transport': {
        if (!this.#hasHead) return fault
        const { label } = this.#call.connection
        const reason = `The answer of ${label} broke off: ${fault.reason}`
        return { kind: 'unusable', reason, received: this.received ?? '' }
      }
    }
  }
}

/** Some servers answer with a whole reply although a stream was asked for. */
function isWholeReply({ headers }: UpstreamReply, { adapter }: Call): boolean {
  return adapter.framing === 'sse' && /^application\/json\b/iu.test(headers['content-type'] ?? '')
}
