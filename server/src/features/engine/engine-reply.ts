import { readText } from '../../platform/upstream/read-text.ts'
import { brokenReply, type Refusal } from './engine-fault.ts'
import type { ReplyEncoder } from './chat-encoder.ts'
import type { EngineReply, TokenTrace } from './engine.ts'
import type { GroupNews, JobGroup } from './job-group.ts'
import type { TokenNotes } from './token-notes.ts'

interface ReplyHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly trace: TokenTrace | null
}

const errorTypes: Readonly<Record<Refusal['status'], string>> = {
  400: 'invalid_request_error',
  404: 'not_found_error',
  422: 'unprocessable_entity_error',
  500: 'internal_server_error',
  502: 'internal_server_error',
  503: 'service_unavailable',
}

/** A refusal in OpenAI's words (bodhi contract §7.1, §7.2). */
export function refusalReply(refusal: Refusal, trace: TokenTrace | null = null): EngineReply {
  const { status, code, message, param, retryAfterSeconds } = refusal
  const body = { error: { message, type: errorTypes[status], code, param: param ?? null } }
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return wholeReply({ status, headers: { ...jsonType, ...retry }, trace }, JSON.stringify(body))
}

export function jsonReply(json: string, trace: TokenTrace | null = null): EngineReply {
  return wholeReply({ status: 200, headers: jsonType, trace }, json)
}

/** A stream that has begun with what was said so far. Leaving it ends the jobs. */
export function streamReply(stream: ReplyStream): EngineReply {
  const { notes: trace } = stream
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
  return replyOf({ status: 200, headers, trace }, chunksOf(stream))
}

export interface ReplyStream {
  readonly group: JobGroup
  readonly encoder: ReplyEncoder
  readonly notes: TokenNotes | null
  /** Read already. */
  readonly said: readonly GroupNews[]
}

const jsonType = { 'content-type': 'application/json' }

function wholeReply(head: ReplyHead, text: string): EngineReply {
  const bytes = Buffer.from(text)
  return replyOf(head, once(bytes))
}

function replyOf(head: ReplyHead, chunks: AsyncIterable<Uint8Array>): EngineReply {
  return { ...head, attempts: 1, chunks, text: (limit = Infinity) => readText(chunks, limit) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

/** By hand: a generator's own waiting costs a fast model a good part of its speed. */
function chunksOf({ group, encoder, notes, said }: ReplyStream): AsyncIterable<Uint8Array> {
  let pending: readonly GroupNews[] | null = said
  const read = async (): Promise<IteratorResult<Uint8Array, void>> => {
    while (!encoder.isOver) {
      const news = pending ?? (await next(group))
      pending = null
      notes?.add(news)
      const text = encoder.feed(news)
      if (text !== '') return { done: false, value: Buffer.from(text) }
    }
    return { done: true, value: undefined }
  }
  const iterator: AsyncIterableIterator<Uint8Array, void, undefined> = {
    next: read,
    return: async () => {
      group.stop('the reply was not read to its end')
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

async function next(group: JobGroup): Promise<readonly GroupNews[]> {
  try {
    return await group.next()
  } catch (error) {
    throw error instanceof Error ? brokenReply(error) : error
  }
}
