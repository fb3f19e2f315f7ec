import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'

/** What a receiver was sent. */
export interface ReceivedWebhook {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

type Answer = number | ((response: ServerResponse) => void)

/** A receiver of webhooks on a loopback port of its own; answers 200 unless told otherwise. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: ReceivedWebhook[] = []
  /** Answers to come, the first first. */
  readonly answers: Answer[] = []
  readonly #server = createServer((request, response) => {
    void readText(request).then((text) => {
      const { method = '', url: path = '', headers } = request
      this.received.push({ method, path, headers, text })
      const answer = this.answers.shift() ?? 200
      if (typeof answer === 'number') response.writeHead(answer).end('noted')
      else answer(response)
    })
  })

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    // A server that listens on a port has such an address.
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Checks as a receiver would, by what the contract says. */
export function isSignedWith({ headers, text }: ReceivedWebhook, key: string): boolean {
  const said = (name: string): string => headers[`x-hypersigil-${name}`]?.toString() ?? ''
  const message = `${said('timestamp')}${text}${said('webhook-id')}`
  const expected = `sha256=${createHmac('sha256', Buffer.from(key)).update(message).digest('hex')}`
  return said('signature') === expected
}
