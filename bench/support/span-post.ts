import { randomFillSync } from 'node:crypto'
import { llmAttributes } from './llm-span.ts'
import type { SampleText } from './sample-text.ts'

/** The places of one span's ids within a request; what is written there is sent. */
export interface SpanSlot {
  readonly spanId: Buffer
  readonly traceId: Buffer
  /** A root has none. */
  readonly parentId: Buffer | undefined
}

export interface SpanPostOptions {
  readonly text: SampleText
  /** For each span whether it begins a trace. */
  readonly roots: readonly boolean[]
  /** JSON of one span. */
  readonly spanBytes: number
}

const spanIdLength = 16
const traceIdLength = 32
/** What the members around the attributes take. */
const frameBytes = 266

/**
 * A ready request of `POST /v1/spans` in which only ids change from one use to the next, so that
 * the load costs as little as it can.
 */
export class SpanPost {
  readonly request: Buffer
  readonly bodyBytes: number
  readonly slots: readonly SpanSlot[]

  constructor({ text, roots, spanBytes }: SpanPostOptions) {
    let body = '{"spans":['
    const places: { spanId: number; traceId: number; parentId: number | undefined }[] = []
    const addId = (key: string, length: number): number => {
      body += `"${key}":"`
      const at = body.length
      body += `${'0'.repeat(length)}",`
      return at
    }
    for (const [index, isRoot] of roots.entries()) {
      body += index === 0 ? '{' : ',{'
      const spanId = addId('span_id', spanIdLength)
      const traceId = addId('trace_id', traceIdLength)
      const parentId = isRoot ? undefined : addId('parent_span_id', spanIdLength)
      places.push({ spanId, traceId, parentId })
      body += JSON.stringify(rest(text, index, spanBytes)).slice(1)
    }
    body += ']}'
    const head = `POST /v1/spans HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    this.request = Buffer.from(head + body, 'latin1')
    this.bodyBytes = body.length
    const view = (at: number, length: number): Buffer =>
      this.request.subarray(head.length + at, head.length + at + length)
    this.slots = places.map(({ spanId, traceId, parentId }) => ({
      spanId: view(spanId, spanIdLength),
      traceId: view(traceId, traceIdLength),
      parentId: parentId === undefined ? undefined : view(parentId, spanIdLength),
    }))
  }
}

function rest(text: SampleText, index: number, spanBytes: number) {
  const start = 1_750_000_000 + index / 8
  return {
    span_type: 'llm_call',
    name: `chat completion ${index}`,
    status: 'ok',
    start_time: start,
    end_time: start + 1.5,
    sdk_language: 'python',
    attributes: llmAttributes(text, index, spanBytes - frameBytes),
  }
}

/** Ids as tracing libraries make them: random hexadecimal digits. */
export class RandomIds {
  readonly #pool = Buffer.alloc(16_384)
  #at = this.#pool.byteLength

  /** Begins a trace at each root and hangs all other spans under the latest one. */
  renew(slots: readonly SpanSlot[], current: { traceId: Buffer; rootId: Buffer }): void {
    for (const { spanId, traceId, parentId } of slots) {
      this.#fill(spanId)
      if (parentId) {
        current.rootId.copy(parentId)
      } else {
        this.#fill(current.traceId)
        spanId.copy(current.rootId)
      }
      current.traceId.copy(traceId)
    }
  }

  #fill(target: Buffer): void {
    for (let index = 0; index < target.byteLength; index++) {
      if (this.#at === this.#pool.byteLength) {
        randomFillSync(this.#pool)
        this.#at = 0
      }
      target[index] = digits.charCodeAt((this.#pool[this.#at++] ?? 0) & 15)
    }
  }
}

const digits = '0123456789abcdef'

/** Where a client of the load is in its current trace. */
export function newTracePlace(): { traceId: Buffer; rootId: Buffer } {
  return { traceId: Buffer.alloc(traceIdLength, '0'), rootId: Buffer.alloc(spanIdLength, '0') }
}
