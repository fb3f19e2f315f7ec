import { randomFillSync } from 'node:crypto'
import { encodeOtlp } from '../../server/test/support/encode-otlp.ts'
import type { PostSource } from './load.ts'
import type { SampleText } from './sample-text.ts'

export interface OtlpPostOptions {
  readonly text: SampleText
  readonly spansPerPost: number
  /** What one span takes of the body. */
  readonly spanBytes: number
}

const spansPerTrace = 20
const traceIdBytes = 16
const spanIdBytes = 8

/** The places of one span's ids within a request; what is written there is sent. */
interface Slot {
  readonly traceId: Buffer
  readonly spanId: Buffer
  /** A root has none. */
  readonly parentId: Buffer | undefined
}

/**
 * Ready requests of standard OTLP in protobuf: calls of a language model in the words of the
 * OpenTelemetry conventions, in whole traces. Only ids change from one use to the next.
 */
export function otlpBatches({ text, spansPerPost, spanBytes }: OtlpPostOptions): PostSource {
  const spans = Array.from({ length: spansPerPost }, (_, index) => ({
    ...markedIds(index),
    ...callOf(text, index, spanBytes),
  }))
  const scope = { name: 'opentelemetry.instrumentation.openai', version: '2.1.0' }
  const body = Buffer.from(
    encodeOtlp({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }),
  )
  const head = Buffer.from(
    `POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-protobuf\r\n` +
      `content-length: ${body.byteLength}\r\n\r\n`,
  )
  const request = Buffer.concat([head, body])
  const slots = findSlots(request, spansPerPost)
  return {
    spansPerPost,
    bodyBytes: body.byteLength,
    goodReply: '',
    next() {
      renewIds(slots)
      return request
    },
  }
}

const resource = {
  attributes: [
    attribute('service.name', { stringValue: 'bench' }),
    attribute('telemetry.sdk.language', { stringValue: 'python' }),
    attribute('telemetry.sdk.name', { stringValue: 'opentelemetry' }),
    attribute('telemetry.sdk.version', { stringValue: '1.38.0' }),
  ],
}

function attribute(key: string, value: object) {
  return { key, value }
}

function callOf(text: SampleText, index: number, spanBytes: number) {
  const startSeconds = 1_750_000_000 + Math.floor(index / 8)
  const span = {
    name: 'chat gpt-4o-mini',
    kind: 3,
    startTimeUnixNano: `${startSeconds}123456789`,
    endTimeUnixNano: `${startSeconds + 1}623456789`,
    status: { code: 1 },
  }
  const known = { ...span, ...markedIds(index) }
  const bare = encodedBytes({ ...known, attributes: attributesOf(index, '', '') })
  const room = Math.max(20, spanBytes - bare)
  const asked = pieceOfJson(text, Math.floor(room * 0.7))
  const replied = pieceOfJson(text, Math.ceil(room * 0.3))
  return { ...span, attributes: attributesOf(index, asked, replied) }
}

function attributesOf(index: number, asked: string, replied: string) {
  const messageOf = (role: string, content: string, more = '') =>
    `[{"role":"${role}","parts":[{"type":"text","content":"${content}"}]${more}}]`
  return [
    attribute('gen_ai.operation.name', { stringValue: 'chat' }),
    attribute('gen_ai.provider.name', { stringValue: 'openai' }),
    attribute('gen_ai.request.model', { stringValue: 'gpt-4o-mini' }),
    attribute('gen_ai.response.model', { stringValue: 'gpt-4o-mini-2024-07-18' }),
    attribute('gen_ai.request.temperature', { doubleValue: 0.2 }),
    attribute('gen_ai.usage.input_tokens', { intValue: String(200 + (index % 700)) }),
    attribute('gen_ai.usage.output_tokens', { intValue: String(40 + (index % 300)) }),
    attribute('gen_ai.response.finish_reasons', {
      arrayValue: { values: [{ stringValue: 'stop' }] },
    }),
    attribute('gen_ai.input.messages', { stringValue: messageOf('user', asked) }),
    attribute('gen_ai.output.messages', {
      stringValue: messageOf('assistant', replied, ',"finish_reason":"stop"'),
    }),
  ]
}

function encodedBytes(span: object): number {
  return encodeOtlp({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).byteLength
}

/** Text that stands within a JSON text as it is. */
function pieceOfJson(text: SampleText, length: number): string {
  return JSON.stringify(text.piece(length)).slice(1, -1).slice(0, length).replace(/\\+$/, '')
}

/** Ids that occur nowhere else, so that their places can be found. */
function markedIds(index: number) {
  const mark = (kind: number, sizeBytes: number): Buffer => {
    const id = Buffer.alloc(sizeBytes, 0xf7)
    id.writeUInt8(kind, 2)
    id.writeUInt32BE(index, sizeBytes - 4)
    return id
  }
  const isRoot = index % spansPerTrace === 0
  return {
    traceId: mark(1, traceIdBytes).toString('hex'),
    spanId: mark(2, spanIdBytes).toString('hex'),
    ...(isRoot ? {} : { parentSpanId: mark(3, spanIdBytes).toString('hex') }),
  }
}

function findSlots(request: Buffer, spanCount: number): Slot[] {
  const find = (hex: string): Buffer => {
    const id = Buffer.from(hex, 'hex')
    const at = request.indexOf(id)
    if (at < 0 || request.indexOf(id, at + 1) >= 0) throw new Error('An id is not marked')
    return request.subarray(at, at + id.byteLength)
  }
  return Array.from({ length: spanCount }, (_, index) => {
    const { traceId, spanId, parentSpanId } = markedIds(index)
    return {
      traceId: find(traceId),
      spanId: find(spanId),
      parentId: parentSpanId === undefined ? undefined : find(parentSpanId),
    }
  })
}

/** Begins a trace at each root and hangs the spans after it under it. */
function renewIds(slots: readonly Slot[]): void {
  let root: Slot | undefined
  for (const slot of slots) {
    randomFillSync(slot.spanId)
    if (slot.parentId && root) {
      root.spanId.copy(slot.parentId)
      root.traceId.copy(slot.traceId)
    } else {
      randomFillSync(slot.traceId)
      root = slot
    }
  }
}
