import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { UpstreamReply } from '../../platform/upstream/upstream.ts'
import { withoutSecret } from '../../platform/upstream/without-secret.ts'
import type { TokenTrace } from '../engine/index.ts'
import type { CallBatch } from './answer.ts'
import type { Call } from './call.ts'
import type { CompletionFailure } from './failure.ts'
import { postTo } from './post-to.ts'
import type { CompletionPowers } from './powers.ts'
import { ProviderEvent } from './provider-event.ts'
import { faultOf, refusalOf } from './provider-fault.ts'
import { Received } from './received.ts'
import { StreamReading } from './stream-reading.ts'

const maxErrorBytes = 64 * 1024
/** How long what follows the end may take; reading it keeps the connection for the next call. */
const maxRestMs = 1000

type Batches = AsyncGenerator<CallBatch, void, undefined>

const nothingYet: CallBatch = { events: [], parts: [] }

/** One exchange with a provider: what it says, and the facts that it does not tell. */
export class ProviderExchange implements Disposable {
  readonly #ctx: Pick<CompletionPowers, 'upstream' | 'engine'>
  readonly #call: Call
  readonly #received: Received
  readonly #stop = new AbortController()
  readonly #release: () => void
  #attempts = 0
  #trace: TokenTrace | null = null
  #hasHead = false
  #isOver = false

  constructor(
    ctx: Pick<CompletionPowers, 'upstream' | 'engine'>,
    call: Call,
    signal: AbortSignal | undefined,
  ) {
    this.#ctx = ctx
    this.#call = call
    this.#received = new Received(call.connection.apiKey)
    const follow = () => this.#stop.abort(signal?.reason)
    if (signal?.aborted) follow()
    else signal?.addEventListener('abort', follow, { once: true })
    this.#release = () => signal?.removeEventListener('abort', follow)
  }

  /** How often the request was sent so far. */
  get attempts(): number {
    return this.#attempts
  }

  /** What came so far, cut at a bound. */
  get received(): string | null {
    return this.#received.text
  }

  /** The tokens so far, where they are noted. */
  get trace(): TokenTrace | null {
    return this.#trace
  }

  /**
   * What came, as it came together. The parts are in their grammar; a provider's fault is the
   * `error` that ends them. A stream begins with an empty batch, as soon as the provider has
   * accepted the request. Read once.
   */
  async *batches(): Batches {
    let limit: NodeJS.Timeout | undefined
    try {
      const reply = await this.#post()
      if (!isStream(reply, this.#call)) {
        yield await this.#whole(reply)
        return
      }
      yield nothingYet
      const reading = new StreamReading(this.#call.adapter, reply.attempts)
      for await (const chunk of reply.chunks) {
        this.#received.add(chunk)
        if (this.#isOver) continue
        const batch = reading.feed(chunk)
        if (batch.events.length > 0) yield this.#shown(batch)
        if (this.#isOver) limit = setTimeout(() => this[Symbol.dispose](), maxRestMs)
      }
      const last = this.#isOver ? nothingYet : reading.end()
      if (last.parts.length > 0 || last.events.length > 0) yield this.#shown(last)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      this.#attempts = error.attempts
      if (!this.#isOver) yield failed(faultOf(error, this.#soFar))
    } finally {
      clearTimeout(limit)
    }
  }

  get #soFar() {
    const { label } = this.#call.connection
    return { label, hasBegun: this.#hasHead, received: this.received }
  }

  /** Closes the socket, unless the exchange is complete. */
  [Symbol.dispose](): void {
    this.#release()
    this.#stop.abort('the reply is no longer wanted')
  }

  async #post(): Promise<UpstreamReply> {
    const { url, headers, bodyText: body, limits, connection, traceTokens = null } = this.#call
    const onTrace = (trace: TokenTrace) => {
      this.#trace = trace
    }
    const { signal } = this.#stop
    const request = { url, headers, body, signal, traceTokens, onTrace, ...limits }
    const reply = await postTo(this.#ctx, connection, request)
    this.#hasHead = true
    this.#attempts = reply.attempts
    return reply
  }

  async #whole(reply: UpstreamReply): Promise<CallBatch> {
    if (!isSuccess(reply)) return failed(await this.#refusal(reply))
    const event = new ProviderEvent({ name: null, data: await this.#readText(reply) })
    const parts = this.#call.adapter.readReply(event.data, event.reading)
    return this.#shown({ events: [event], parts })
  }

  async #readText(reply: UpstreamReply, limitBytes = Infinity): Promise<string> {
    const decoder = new TextDecoder()
    const texts: string[] = []
    let sizeBytes = 0
    for await (const chunk of reply.chunks) {
      this.#received.add(chunk)
      texts.push(decoder.decode(chunk, { stream: true }))
      sizeBytes += chunk.byteLength
      if (sizeBytes >= limitBytes) break
    }
    return texts.join('') + decoder.decode()
  }

  /** A refusal counts even when its body breaks off. */
  async #refusal(reply: UpstreamReply): Promise<CompletionFailure> {
    try {
      await this.#readText(reply, maxErrorBytes)
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.fault.kind === 'aborted') throw error
    }
    return refusalOf(reply, this.received ?? '', this.#call.connection)
  }

  /** What others may see: a provider's complaint may quote the key. */
  #shown({ events, parts }: CallBatch): CallBatch {
    const last = parts.at(-1)
    if (last?.type === 'end' || last?.type === 'error') this.#isOver = true
    if (last?.type !== 'error' || last.failure.kind !== 'unusable') return { events, parts }
    const { apiKey } = this.#call.connection
    const reason = withoutSecret(last.failure.reason, apiKey)
    const received = withoutSecret(last.failure.received, apiKey)
    const failure = { kind: 'unusable', reason, received } as const
    return { events, parts: [...parts.slice(0, -1), { type: 'error', failure }] }
  }
}

function failed(failure: CompletionFailure): CallBatch {
  return { events: [], parts: [{ type: 'error', failure }] }
}

function isSuccess({ status }: UpstreamReply): boolean {
  return status >= 200 && status <= 299
}

/** Some servers answer with a whole reply although a stream was asked for. */
function isStream(reply: UpstreamReply, { mode, adapter }: Call): boolean {
  if (mode === 'whole' || !isSuccess(reply)) return false
  const type = reply.headers['content-type'] ?? ''
  return adapter.framing !== 'sse' || !/^application\/json\b/iu.test(type)
}
