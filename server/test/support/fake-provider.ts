import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { anthropic } from './fake-provider/anthropic.ts'
import type { Behaviour, FakeDialect, FakeRequest, Script } from './fake-provider/behaviour.ts'
import { fieldsOf } from './fake-provider/fields.ts'
import { google } from './fake-provider/google.ts'
import {
  checkListRequest,
  isListRequest,
  listReply,
  usualModels,
} from './fake-provider/list-models.ts'
import { ollama } from './fake-provider/ollama.ts'
import { openai } from './fake-provider/openai.ts'
import { planAnswer, planRefusal } from './fake-provider/plan-answer.ts'
import { writeAnswer } from './fake-provider/write-answer.ts'

export {
  type Behaviour,
  defaultText,
  type FakeRequest,
  type Script,
} from './fake-provider/behaviour.ts'

export type FakeProviderKind = 'openai' | 'anthropic' | 'google' | 'ollama'

export interface FakeProviderOptions {
  /** False: every path and body is answered by the script. Default true. */
  readonly checksRequests?: boolean
  /** What it lists when asked for its models. */
  readonly models?: readonly string[]
}

const dialects: Readonly<Record<FakeProviderKind, FakeDialect>> = {
  openai,
  anthropic,
  google,
  ollama,
}

/**
 * A model provider on a loopback port of its own: it checks a request as the real API does, then
 * answers in that API's bytes, by script or with a short greeting and the golden usage.
 */
export async function startFakeProvider(
  kind: FakeProviderKind,
  options: FakeProviderOptions = {},
): Promise<FakeProvider> {
  const provider = new FakeProvider(kind, options)
  await provider.listen()
  return provider
}

type Entry = { -readonly [K in keyof FakeRequest]: FakeRequest[K] }

interface Waiter {
  readonly isMet: () => boolean
  readonly resolve: () => void
}

export class FakeProvider implements AsyncDisposable {
  readonly #kind: FakeProviderKind
  readonly #dialect: FakeDialect
  readonly #checksRequests: boolean
  readonly #listRequests: Entry[] = []
  readonly #server: Server
  readonly #requests: Entry[] = []
  readonly #script: Script[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #dropped = new WeakSet<ServerResponse>()
  readonly #faults: unknown[] = []
  #otherwise: Script = { type: 'reply' }
  #listing: Script
  #connections = 0
  #isClosing = false
  #url = ''

  constructor(kind: FakeProviderKind, options: FakeProviderOptions) {
    const { checksRequests = true, models = usualModels[kind] } = options
    this.#kind = kind
    this.#dialect = dialects[kind]
    this.#checksRequests = checksRequests
    this.#listing = (request) => listReply(kind, request, models)
    this.#server = createServer((request, response) => {
      this.#receive(request, response).catch((error: unknown) => {
        this.#faults.push(error)
        response.destroy()
      })
    })
    this.#server.on('connection', () => (this.#connections += 1))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    this.#url = this.#dialect.baseUrl(`http://127.0.0.1:${address.port}`)
  }

  /** What the provider's `…_BASE_URL` is to be set to. */
  get url(): string {
    return this.#url
  }

  /** Questions for its models, which are no `requests`. */
  get listRequests(): readonly FakeRequest[] {
    return this.#listRequests
  }

  /** Every request in order of arrival, those refused as well. */
  get requests(): readonly FakeRequest[] {
    return this.#requests
  }

  /** How many connections were ever opened. */
  get connections(): number {
    return this.#connections
  }

  /** Queues behaviours, each for one request that passes the checks. */
  next(...scripts: readonly Script[]): this {
    this.#script.push(...scripts)
    return this
  }

  /** What is done when nothing is queued. */
  always(script: Script): this {
    this.#otherwise = script
    return this
  }

  /** What is done when it is asked for its models. */
  whenListed(script: Script): this {
    this.#listing = script
    return this
  }

  /** Until it was asked for its models this often in all. */
  async untilListed(count = 1): Promise<void> {
    await this.#until(() => this.#listRequests.length >= count)
  }

  /** Until this many requests have arrived in all. */
  async untilAsked(count = 1): Promise<void> {
    await this.#until(() => this.#requests.length >= count)
  }

  /** Until this many requests in all were closed by the client before their answer was complete. */
  async untilClosed(count = 1): Promise<void> {
    const isClosed = ({ closedByClientAt }: FakeRequest) => closedByClientAt !== null
    await this.#until(() => this.#requests.filter(isClosed).length >= count)
  }

  /** Throws what a script threw, so that an expectation inside one counts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
    if (this.#faults.length > 0) throw this.#faults[0]
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(incoming)
    const entry = this.#log(incoming, text)
    const gone = this.#watch(entry, response)
    const answer = entry.refused
      ? planRefusal(this.#dialect, entry.refused)
      : planAnswer(this.#dialect, entry, await this.#behave(entry))
    // NOTE: a script may have waited, and the client may be gone by now.
    if (gone.aborted) return
    await writeAnswer(response, answer, gone).catch((error: unknown) => {
      if (!gone.aborted) throw error
    })
    if (answer.ending === 'drop') this.#drop(response)
  }

  #drop(response: ServerResponse): void {
    this.#dropped.add(response)
    // What was written must leave before the socket dies.
    setImmediate(() => response.socket?.destroy())
  }

  #log({ method = '', url = '', headers }: IncomingMessage, text: string): Entry {
    const entry: Entry = {
      index: this.#requests.length,
      method,
      path: url,
      headers,
      text,
      body: fieldsOf(parse(text)),
      arrivedAt: Date.now() / 1000,
      refused: null,
      closedByClientAt: null,
    }
    const isList = this.#isList(entry)
    if (isList) entry.refused = checkListRequest(this.#kind, entry)
    else if (this.#checksRequests) entry.refused = this.#dialect.check(entry)
    const entries = isList ? this.#listRequests : this.#requests
    entries.push(entry)
    this.#wake()
    return entry
  }

  #isList(entry: Entry): boolean {
    return this.#checksRequests && isListRequest(this.#kind, entry)
  }

  #watch(entry: Entry, response: ServerResponse): AbortSignal {
    const gone = new AbortController()
    response.once('close', () => {
      gone.abort()
      // A socket that we destroyed ourselves was not closed by the client.
      if (response.writableFinished || this.#isClosing || this.#dropped.has(response)) return
      entry.closedByClientAt = Date.now() / 1000
      this.#wake()
    })
    return gone.signal
  }

  async #behave(entry: Entry): Promise<Behaviour> {
    const script = this.#isList(entry) ? this.#listing : (this.#script.shift() ?? this.#otherwise)
    return typeof script === 'function' ? script(entry) : script
  }

  async #until(isMet: () => boolean): Promise<void> {
    if (isMet()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.add({ isMet, resolve })
    await promise
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isMet()) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
