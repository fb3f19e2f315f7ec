import { randomBytes } from 'node:crypto'
import type { TestApp } from '../support/app.ts'
import type { ClientKind, Fault, GatewayClient } from './gateway-client.ts'

/** One client with a trace of its own. */
export class TracedRun {
  readonly kind: ClientKind
  readonly client: GatewayClient
  readonly #app: TestApp
  readonly #traceId = randomBytes(16).toString('hex')

  constructor(app: TestApp, kind: ClientKind) {
    this.kind = kind
    this.#app = app
    const traceparent = `00-${this.#traceId}-${randomBytes(8).toString('hex')}-01`
    this.client = kind.open({ url: app.url, traceparent })
  }

  /** What the client throws; it must throw. */
  async fault(work: Promise<unknown>): Promise<Fault> {
    const ended = await work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('value' in ended) throw new Error(`a success: ${JSON.stringify(ended.value)}`)
    return this.client.faultOf(ended.error)
  }

  /** The spans of its trace, each read by itself, and the trace's totals. */
  async trace() {
    const { body: trace } = await this.#app.client.getTrace({ params: { trace_id: this.#traceId } })
    const spans = await Promise.all(
      trace.spans.map(async ({ span_id: id }) => {
        const { body } = await this.#app.client.getSpan({ params: { span_id: id } })
        return body
      }),
    )
    return { ...trace, spans }
  }
}
