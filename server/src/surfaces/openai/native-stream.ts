import type {
  CallBatch,
  CompletionContext,
  StreamedAnswer,
} from '../../features/completion/index.ts'
import { isJsonObject, readObject } from '../../platform/json.ts'
import { eventStream, type BatchEncoder, type StreamEnding } from './event-stream.ts'
import { PassedChunks, type PassOptions, type PassState } from './pass-chunks.ts'
import type { ReplyForm } from './reply-form.ts'

export interface NativeState<S> {
  /** Null until something was said. */
  readonly way: 'pass' | 'encode' | null
  readonly passed: PassState
  readonly encoded: S
  readonly ending: StreamEnding
}

/**
 * The stream of a provider that speaks the client's dialect: its chunks are passed on, unless it
 * answered with a whole reply although a stream was asked for, which is then written as chunks.
 */
export class NativeStream<S extends { readonly ending: StreamEnding }> implements BatchEncoder<
  NativeState<S>
> {
  readonly start: NativeState<S>
  readonly #passing: PassedChunks
  readonly #encoding: BatchEncoder<S>

  constructor(passing: PassedChunks, encoding: BatchEncoder<S>) {
    this.#passing = passing
    this.#encoding = encoding
    this.start = { way: null, passed: passing.start, encoded: encoding.start, ending: 'open' }
  }

  encode(state: NativeState<S>, batch: CallBatch): { state: NativeState<S>; text: string } {
    const way = state.way ?? wayOf(batch)
    if (way === 'encode') {
      const { state: encoded, text } = this.#encoding.encode(state.encoded, batch)
      return { state: { ...state, way, encoded, ending: encoded.ending }, text }
    }
    const { state: passed, text } = this.#passing.encode(state.passed, batch)
    return { state: { ...state, way, passed, ending: passed.ending }, text }
  }
}

function wayOf({ events, parts }: CallBatch): 'pass' | 'encode' | null {
  const [event] = events
  if (event === undefined) return parts.length === 0 ? null : 'encode'
  return isWholeReply(event) ? 'encode' : 'pass'
}

/** A whole chat has a message where a chunk has a delta. */
function isWholeReply({ data, reading }: CallBatch['events'][number]): boolean {
  if (!data.includes('"message"')) return false
  const value = reading?.isJson === true ? reading.value : readObject(data)
  const choices: unknown = isJsonObject(value) ? value['choices'] : undefined
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  return isJsonObject(first) && isJsonObject(first['message'])
}

interface Chunked {
  readonly form: ReplyForm
  readonly kind: PassOptions['kind']
  readonly log: CompletionContext['log']
}

/** A streamed answer as chunks: the provider's own where it speaks the dialect. */
export function chunkStream<S extends { readonly ending: StreamEnding }>(
  answer: StreamedAnswer,
  encoder: BatchEncoder<S>,
  { form, kind, log }: Chunked,
): AsyncIterable<string> {
  if (!answer.isNative) return eventStream(answer, encoder, log)
  const passing = new PassedChunks({ ...form, model: answer.model, kind })
  return eventStream(answer, new NativeStream(passing, encoder), log)
}
