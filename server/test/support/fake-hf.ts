import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'

/** One question as it arrived. */
export interface HfRequest {
  readonly method: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What the service does next instead of answering well. */
export type HfBehaviour =
  | { readonly type: 'answer'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'raw'; readonly status: number; readonly text: string }
  /** Says nothing. */
  | { readonly type: 'hang' }
  /** Begins an answer and closes the socket. */
  | { readonly type: 'break' }

/** Three positions with seven activations. Source: thunder contract §7.6, worked fixture. */
export const workedTimeline = [
  entry(0, 100, [10, 3.5], [20, 2.1], [30, 1]),
  entry(1, 200, [10, 4], [40, 2.8]),
  entry(2, 300, [20, 5], [50, 0.5]),
]

function entry(position: number, token: number, ...features: [number, number][]) {
  const top_features = features.map(([id, activation]) => ({ id, activation }))
  return { position, token, token_str: ` t${token}`, top_features }
}

/**
 * The inference service of the activation explorer on a loopback port of its own: it checks a
 * request as the real one does and answers the worked timeline. It answers as the SAE service does
 * as far as `/health` goes. Source: thunder contract §6.8, §7.2.
 */
export class FakeHf implements AsyncDisposable {
  readonly #server: Server
  readonly #requests: HfRequest[] = []
  readonly #script: HfBehaviour[] = []
  readonly #waiters = new Set<() => void>()
  #closedByClient = 0
  #isClosing = false
  #url = ''
  /** What `/health` answers with. */
  healthStatus = 200

  constructor() {
    this.#server = createServer((request, response) => {
      readText(request).then(
        (text) =>
          this.#answer({ method: request.method ?? '', path: request.url ?? '' }, text, response),
        () => response.destroy(),
      )
    })
  }

  static async start(): Promise<FakeHf> {
    const fake = new FakeHf()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    const address = fake.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    fake.#url = `http://127.0.0.1:${address.port}`
    return fake
  }

  get url(): string {
    return this.#url
  }

  /** Every question in order of arrival, without those after its health. */
  get requests(): readonly HfRequest[] {
    return this.#requests
  }

  next(...behaviours: readonly HfBehaviour[]): this {
    this.#script.push(...behaviours)
    return this
  }

  /** Until this many questions have arrived in all. */
  async untilAsked(count: number): Promise<void> {
    while (this.#requests.length < count) await this.#change()
  }

  /** Until this many clients left before their answer was complete. */
  async untilLeft(count: number): Promise<void> {
    while (this.#closedByClient < count) await this.#change()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
    this.#waiters.clear()
  }

  #answer(asked: Omit<HfRequest, 'body'>, text: string, response: ServerResponse): void {
    if (asked.path === '/health') {
      const body = { status: 'ok', service: 'hf-inference', model_id: 'fake', sae_loaded: true }
      send(response, this.healthStatus, body)
      return
    }
    const parsed: unknown = text === '' ? {} : JSON.parse(text)
    const body = { ...(parsed as Record<string, unknown>) }
    this.#requests.push({ ...asked, body })
    response.once('close', () => {
      if (response.writableFinished || this.#isClosing) return
      this.#closedByClient += 1
      this.#wake()
    })
    this.#behave(asked.path, body, response)
    this.#wake()
  }

  #behave(path: string, body: HfRequest['body'], response: ServerResponse): void {
    const refused = refusalOf(path, body)
    const behaviour = this.#script.shift()
    if (refused !== null && behaviour === undefined) {
      send(response, 422, { detail: [{ msg: refused }] })
      return
    }
    if (behaviour?.type === 'hang') return
    switch (behaviour?.type) {
      case undefined:
        send(response, 200, usualAnswer(path, body))
        return
      case 'answer':
        send(response, 200, behaviour.body)
        return
      case 'raw':
        response.writeHead(behaviour.status, { 'content-type': 'application/json' })
        response.end(behaviour.text)
        return
      case 'break':
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"output')
        setImmediate(() => response.socket?.destroy())
    }
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function usualAnswer(path: string, { inline_sae }: HfRequest['body']): object {
  const feature_timeline = inline_sae === false ? [] : workedTimeline
  if (path === '/hf/extract') return { feature_timeline }
  return {
    request_id: 'hf-0123456789ab',
    model_id: 'fake/served-model',
    output_text: 't300',
    output_token_ids: [100, 200, 300],
    feature_timeline,
  }
}

/** What the real service would refuse; null when nothing. */
function refusalOf(path: string, body: HfRequest['body']): string | null {
  if (path === '/hf/extract') {
    const { token_ids: ids } = body
    return Array.isArray(ids) && ids.length > 0 ? null : 'token_ids'
  }
  const bounds = { max_tokens: [1, 2048], temperature: [0, 2], top_p: [0, 1] } as const
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = body[name]
    if (typeof value !== 'number' || value < least || value > most) return name
  }
  return Number(body['sae_layer']) >= 0 && Number(body['sae_top_k']) >= 1 ? null : 'sae'
}
