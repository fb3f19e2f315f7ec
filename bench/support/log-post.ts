import { randomFillSync } from 'node:crypto'
import type { Lane } from './lane.ts'
import type { SampleText } from './sample-text.ts'

/** Of every request id. */
export const idLength = 32

export interface LogPostOptions {
  readonly steps: number
  readonly topTokens: number
  readonly ownerKey?: string
}

/** A ready request of `POST /v1/ingest` in which only the request id changes from use to use. */
export class LogPost {
  readonly bodyBytes: number
  readonly events: number
  readonly #request: Buffer
  readonly #id: Buffer

  constructor(text: SampleText, options: LogPostOptions) {
    const { steps, topTokens, ownerKey = 'team-blue-inference' } = options
    const events = [prefilled(steps), ...stepsOf(text, steps, topTokens)]
    const head = '{"request":{"request_id":"'
    const request = JSON.stringify(requestOf(text, steps, ownerKey)).slice(1)
    const body = Buffer.from(
      `${head}${'0'.repeat(idLength)}",${request},"events":${JSON.stringify(events)}}`,
    )
    const start = Buffer.from(
      `POST /v1/ingest HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.byteLength}\r\n\r\n`,
    )
    this.#request = Buffer.concat([start, body])
    this.#id = this.#request.subarray(start.byteLength + head.length).subarray(0, idLength)
    this.bodyBytes = body.byteLength
    this.events = events.length
  }

  /** Posts it as another log and gives the milliseconds; throws unless it was taken. */
  async send(lane: Lane, requestId = randomId()): Promise<number> {
    this.#id.write(requestId, 'latin1')
    const startedMs = performance.now()
    const { status, body } = await lane.exchange(this.#request)
    if (status === 201) return performance.now() - startedMs
    throw new Error(`An ingest was answered with ${status} ${body.toString().slice(0, 500)}`)
  }
}

function randomId(): string {
  return randomFillSync(Buffer.alloc(idLength / 2)).toString('hex')
}

function requestOf(text: SampleText, steps: number, ownerKey: string) {
  return {
    created_at: '2026-03-02T09:14:05.118204+00:00',
    completed_at: '2026-03-02T09:14:35.902771+00:00',
    model: 'owner/small-instruct-8b',
    user_api_key: ownerKey,
    max_tokens: steps,
    temperature: 0.7,
    system_prompt: text.piece(200),
    user_prompt: text.piece(400),
    final_token_ids: Array.from({ length: steps }, (_, step) => tokenOf(step)),
    final_text: text.piece(steps * 5),
    inference_stats: { prompt_tokens: 150, generated_tokens: steps, total_tokens: steps + 150 },
  }
}

function prefilled(steps: number) {
  const created_at = '2026-03-02T09:14:05+00:00'
  const sizes = { prompt_length: 150, max_steps: steps }
  return { event_type: 'Prefilled', step: 0, created_at, sequence_order: 0, ...sizes }
}

function stepsOf(text: SampleText, steps: number, topTokens: number): object[] {
  return Array.from({ length: steps }, (_, index) => {
    const at = { step: index + 1, created_at: '2026-03-02T09:14:06+00:00' }
    const top_tokens = Array.from({ length: topTokens }, (_unused, rank) => ({
      token: tokenOf(index + rank * 31),
      logprob: -0.3879578 - rank * 0.3141592 - (index % 100) / 1e4,
      token_str: text.piece(6),
    }))
    const token = tokenOf(index)
    const input_text = text.piece(6)
    return [
      { event_type: 'ForwardPass', ...at, input_text, top_tokens },
      { event_type: 'Sampled', ...at, sampled_token: token, token_text: text.piece(6) },
      {
        event_type: 'Added',
        ...at,
        added_tokens: [token],
        added_token_count: 1,
        forced: false,
      },
    ]
  })
    .flat()
    .map((event, index) => ({ ...event, sequence_order: index + 1 }))
}

function tokenOf(index: number): number {
  return 10_000 + ((index * 7919) % 90_000)
}
