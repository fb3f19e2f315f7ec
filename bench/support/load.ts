import { Lane } from './lane.ts'
import { percentile, rounded } from './percentile.ts'
import type { SampleText } from './sample-text.ts'
import { newTracePlace, RandomIds, SpanPost } from './span-post.ts'

/** One client's endless supply of requests; each is used up before the next is asked for. */
export interface PostSource {
  readonly spansPerPost: number
  readonly bodyBytes: number
  /** The whole reply when every span was taken; by default that of `POST /v1/spans`. */
  readonly goodReply?: string
  next(): Uint8Array
}

const spansPerTrace = 20
export const spanBytes = 2048

/** Batches of whole traces. */
export function batches(text: SampleText, spansPerPost: number): PostSource {
  const roots = Array.from({ length: spansPerPost }, (_, index) => index % spansPerTrace === 0)
  const post = new SpanPost({ text, roots, spanBytes })
  const ids = new RandomIds()
  const place = newTracePlace()
  return {
    spansPerPost,
    bodyBytes: post.bodyBytes,
    next() {
      ids.renew(post.slots, place)
      return post.request
    },
  }
}

/** One span a post, a new trace after every twenty. */
export function singles(text: SampleText): PostSource {
  const root = new SpanPost({ text, roots: [true], spanBytes })
  const child = new SpanPost({ text, roots: [false], spanBytes })
  const ids = new RandomIds()
  const place = newTracePlace()
  let sent = 0
  return {
    spansPerPost: 1,
    bodyBytes: child.bodyBytes,
    next() {
      const post = sent++ % spansPerTrace === 0 ? root : child
      ids.renew(post.slots, place)
      return post.request
    },
  }
}

export interface LoadReport {
  readonly acknowledged: number
  readonly spansPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Posts from every source at once, each on a connection of its own, one request at a time. */
export async function postFor(
  port: number,
  sources: readonly PostSource[],
  seconds: number,
): Promise<LoadReport> {
  const latencies: number[] = []
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  const counts = await Promise.all(
    sources.map(async (source) => {
      using lane = await Lane.open(port)
      let posts = 0
      while (performance.now() < untilMs) {
        latencies.push(await postOnce(lane, source))
        posts += 1
      }
      return posts * source.spansPerPost
    }),
  )
  const acknowledged = counts.reduce((sum, count) => sum + count, 0)
  const tookSeconds = (performance.now() - startedMs) / 1000
  return {
    acknowledged,
    spansPerSecond: rounded(acknowledged / tookSeconds, 0),
    p50Ms: rounded(percentile(latencies, 0.5)),
    p99Ms: rounded(percentile(latencies, 0.99)),
  }
}

/** Posts once and gives the milliseconds; throws unless every span was taken. */
export async function postOnce(lane: Lane, source: PostSource): Promise<number> {
  const startedMs = performance.now()
  const { status, body } = await lane.exchange(source.next())
  const tookMs = performance.now() - startedMs
  const expected = source.goodReply ?? `{"accepted":${source.spansPerPost},"rejected":0}`
  if (status === 200 && body.equals(Buffer.from(expected))) return tookMs
  throw new Error(`A post was answered with ${status} ${body.toString().slice(0, 500)}`)
}
