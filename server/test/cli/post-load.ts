import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Posts of three spans each, always so many under way, until the server goes away. */
export interface PostLoad {
  /** Posts sent and not yet answered. */
  readonly underWay: number
  /** What each post carried: the ids of its spans by trace. */
  readonly sent: readonly Post[]
  /** Resolves when so many posts have been acknowledged, or the load has ended. */
  acknowledged(count: number): Promise<void>
  /** Resolves when every post has been answered or lost; throws for any answer but a 200. */
  readonly ended: Promise<void>
}

export interface Post {
  readonly traceId: string
  readonly spanIds: readonly string[]
  isAcknowledged: boolean
}

export interface PostLoadOptions {
  readonly url: string
  /** Stands before every id, so that no two loads share any. */
  readonly prefix: string
  readonly lanes: number
  readonly traceCount: number
}

const spansPerPost = 3

export function startPostLoad(options: PostLoadOptions): PostLoad {
  const { lanes } = options
  const agent = new Agent({ keepAlive: true, maxSockets: lanes })
  const sent: Post[] = []
  const waiting: { readonly count: number; resolve(): void }[] = []
  const counts = { underWay: 0, acknowledged: 0, isOver: false }

  const wake = (): void => {
    for (const { count, resolve } of waiting) {
      if (counts.isOver || counts.acknowledged >= count) resolve()
    }
  }
  const lane = async (): Promise<void> => {
    for (;;) {
      const post = newPost(options, sent.length)
      sent.push(post)
      counts.underWay += 1
      const isAcknowledged = await send(agent, options.url, post)
      counts.underWay -= 1
      if (!isAcknowledged) return
      post.isAcknowledged = true
      counts.acknowledged += 1
      wake()
    }
  }
  const run = async (): Promise<void> => {
    try {
      await Promise.all(Array.from({ length: lanes }, lane))
    } finally {
      counts.isOver = true
      agent.destroy()
      wake()
    }
  }
  const ended = run()
  // Whoever waits for the acknowledgements first gets the error when asking for the end.
  ended.catch(() => undefined)
  return {
    get underWay() {
      return counts.underWay
    },
    sent,
    acknowledged: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve })
        wake()
      }),
    ended,
  }
}

function newPost({ prefix, traceCount }: PostLoadOptions, index: number): Post {
  const spanIds = Array.from({ length: spansPerPost }, (_, span) => `${prefix}-${index}-${span}`)
  return { traceId: `${prefix}-${index % traceCount}`, spanIds, isAcknowledged: false }
}

/** True for a 200 that says that all spans were taken; a broken connection is a no. */
async function send(agent: Agent, url: string, { traceId, spanIds }: Post): Promise<boolean> {
  const spans = spanIds.map((span_id) => ({
    span_id,
    trace_id: traceId,
    span_type: 'custom',
    name: 'load',
    status: 'ok',
    start_time: 1,
    attributes: { 'load.text': 'x'.repeat(100) },
  }))
  const headers = { 'content-type': 'application/json' }
  const post = request(`${url}/v1/spans`, { method: 'POST', agent, headers })
  try {
    const reply = once(post, 'response')
    post.end(JSON.stringify({ spans }))
    const [message] = await reply
    const answer = await text(message)
    const isTaken = message.statusCode === 200 && answer.includes(`"accepted":${spanIds.length}`)
    if (!isTaken) throw new Error(`${message.statusCode} ${answer}`)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  } finally {
    post.on('error', () => undefined)
  }
}
