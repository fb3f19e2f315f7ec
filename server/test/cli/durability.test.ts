import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { databasePlace, makeHome, type RunningServer } from './pharos.ts'
import { startPostLoad, type Post } from './post-load.ts'

const rounds = 20
const lanes = 120
const traceCount = 8
const timeoutMs = 600_000

const Detail = z.object({
  span_count: z.number(),
  spans: z.array(z.object({ span_id: z.string() })),
})

async function storedIn({ url }: RunningServer, traceId: string): Promise<string[]> {
  const reply = await fetch(`${url}/v1/traces/${traceId}`)
  if (reply.status === 404) return []
  const { span_count, spans } = Detail.parse(await reply.json())
  expect(span_count).toBe(spans.length)
  return spans.map(({ span_id }) => span_id)
}

/** Every acknowledged span is there once; of every other post all or nothing is. */
async function checkPosts(server: RunningServer, posts: readonly Post[]): Promise<void> {
  for (const traceId of new Set(posts.map((post) => post.traceId))) {
    const stored = await storedIn(server, traceId)
    const ofTrace = posts.filter((post) => post.traceId === traceId)
    const there = new Set(stored)
    expect(there.size).toBe(stored.length)
    const isThere = (spanId: string): boolean => there.has(spanId)
    const lost = ofTrace.filter(
      ({ isAcknowledged, spanIds }) => isAcknowledged && !spanIds.every(isThere),
    )
    const torn = ofTrace.filter(({ spanIds }) => spanIds.some(isThere) && !spanIds.every(isThere))
    expect({ lost, torn }).toEqual({ lost: [], torn: [] })
    const expected = ofTrace.filter(({ spanIds }) => spanIds.every(isThere))
    expect(stored.length).toBe(expected.flatMap(({ spanIds }) => spanIds).length)
  }
}

/** Gives the number of posts that were acknowledged in all. */
async function killAgainAndAgain(environment: Readonly<Record<string, string>>): Promise<number> {
  await using home = await makeHome()
  const perRound: (readonly Post[])[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using server = await home.start([], environment)
    await checkPosts(server, perRound.at(-1) ?? [])
    const load = startPostLoad({ url: server.url, prefix: `round-${round}`, lanes, traceCount })
    await load.acknowledged(1 + Math.floor(Math.random() * 400))
    expect(load.underWay).toBeGreaterThanOrEqual(100)
    server.signal('SIGKILL')
    await load.ended
    perRound.push(load.sent)
  }
  await using server = await home.start([], environment)
  for (const posts of perRound) await checkPosts(server, posts)
  return perRound.flat().filter(({ isAcknowledged }) => isAcknowledged).length
}

// At once: while one server loads its code, on one core, the other takes posts.
describe.concurrent.each(['sqlite', 'postgres'] as const)(
  'a kill -9 under load [%s]',
  (dialect) => {
    it(
      'takes no acknowledged span, doubles none and tears no post',
      async () => {
        await using place = await databasePlace(dialect)
        expect(await killAgainAndAgain(place.environment)).toBeGreaterThanOrEqual(rounds)
      },
      timeoutMs,
    )
  },
)
