import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a service does with one request; without a status it is 200, without a body `{}`. */
export interface ServiceAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  readonly delayMs?: number
  /** Cuts the connection instead. */
  readonly drops?: boolean
}

export interface ServiceRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed, where it is JSON; else the text. */
  readonly body: unknown
}

/** A service on a loopback port of its own that keeps what it was asked and answers by script. */
export class FakeService implements AsyncDisposable {
  readonly requests: ServiceRequest[] = []
  readonly #script: ServiceAnswer[] = []
  readonly #server = createServer((request, response) => {
    void readText(request).then((body) => {
      const { method = '', url: path = '', headers } = request
      this.requests.push({ method, path, headers, body: parsed(body) })
      return write(response, this.#script.shift() ?? {})
    })
  })
  #url = ''

  static async start(): Promise<FakeService> {
    const service = new FakeService()
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    const address = service.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    service.#url = `http://127.0.0.1:${address.port}`
    return service
  }

  get url(): string {
    return this.#url
  }

  /** Queues answers, each for one request. */
  next(...answers: readonly ServiceAnswer[]): this {
    this.#script.push(...answers)
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function write(response: ServerResponse, answer: ServiceAnswer): Promise<void> {
  const { status = 200, headers = {}, json = {}, text, delayMs, drops } = answer
  if (delayMs !== undefined) await sleep(delayMs)
  if (drops === true) {
    response.destroy()
    return
  }
  const type = text === undefined ? 'application/json' : 'text/plain'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(text ?? JSON.stringify(json))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
