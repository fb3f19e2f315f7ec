import { scopes } from '@pharos/contract/vocabulary.ts'
import { describe, expect, test } from 'vitest'
import {
  newLogTopic,
  ownerKeyFor,
  type ListedLog,
  type NewLogEvent,
} from '../../../src/features/inference-logs/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { dropPostgres, freshPostgresUrl } from '../../support/postgres.ts'
import { postLog } from './post-log.ts'
import { idsOf, openingOf, postTold, StreamClient } from './stream-client.ts'

const far = 'engine far away'
const near = 'engine nearby'

/** Both keys have logged before, so that they open the stream; it has told of that already. */
async function introduce(app: TestApp): Promise<void> {
  await postTold(app.url, { request_id: 'first of far', user_api_key: far })
  await postTold(app.url, { request_id: 'first of near', user_api_key: near })
}

describe('The socket /logs/stream', () => {
  test('is open to the owner of this machine, but not to a foreign page', async () => {
    await using app = await startTestApp()
    await introduce(app)
    for (const origin of ['http://evil.example', 'null']) {
      const refused = await openingOf(app.url, undefined, { origin })
      expect(refused.status).toBe(401)
      expect(JSON.parse(refused.text)).toMatchObject({ error: expect.any(String) })
    }
    const rebound = await openingOf(app.url, undefined, { headers: { host: 'evil.example' } })
    expect(rebound.status).toBe(401)
    expect((await openingOf(app.url, 'nobody')).status).toBe(401)
    using owner = await StreamClient.open(app.url, undefined, { origin: 'http://localhost:5173' })
    using scoped = await StreamClient.open(app.url, far)
    await postLog(app.url, { request_id: 'one', user_api_key: near })
    await postLog(app.url, { request_id: 'two', user_api_key: far })
    const [one, two] = await owner.takeUntil('two')
    expect(one).toMatchObject({ data: { request_id: 'one', user_api_key: near } })
    expect(two).toMatchObject({ data: { request_id: 'two', user_api_key: far } })
    expect(idsOf(await scoped.takeUntil('two'))).toEqual(['two'])
  })

  test('says goodbye when the server stops', async () => {
    const app = await startTestApp()
    using client = await StreamClient.open(app.url)
    await app.stop()
    expect(await client.closed).toBe(1001)
  })

  test('tells a client that stood still how many it missed, and holds up nobody else', async () => {
    await using app = await startTestApp()
    await introduce(app)
    using quick = await StreamClient.open(app.url, far)
    using slow = await StreamClient.open(app.url, far)
    slow.socket.pause()
    const text = 'x'.repeat(60_000)
    const ids = Array.from({ length: 600 }, (_, index) => `log ${index}`)
    for (const requestId of ids) {
      app.app.context.store.bus.publish(told(app, { requestId, finalText: text }))
      await new Promise(setImmediate)
    }
    expect(idsOf(await quick.takeUntil('log 599'))).toEqual(ids)
    slow.socket.resume()
    const seen = idsOf(await slow.takeUntil('log 599'))
    const gapAt = seen.findIndex((entry) => typeof entry === 'number')
    const missed = Number(seen[gapAt])
    expect(seen).toEqual([...ids.slice(0, gapAt), missed, ...ids.slice(gapAt + missed)])
    expect(seen.length - 1 - gapAt).toBeLessThanOrEqual(256 + 8)
    await postLog(app.url, { request_id: 'after', user_api_key: far })
    expect(idsOf(await slow.takeUntil('after'))).toEqual(['after'])
  })

  test('tells how many logs came too fast to be loaded, to those who would have seen them', async () => {
    await using app = await startTestApp()
    await introduce(app)
    using owner = await StreamClient.open(app.url)
    using ofFar = await StreamClient.open(app.url, far)
    using ofNear = await StreamClient.open(app.url, near)
    const { bus } = app.app.context.store
    for (let sent = 0; sent < 1_500; sent += 1) {
      const key = sent % 3 === 0 ? near : far
      const body = {
        requestId: key === near ? 'first of near' : 'first of far',
        ownerKey: ownerKeyFor(app.app.context, key),
      }
      bus.publish({ topic: newLogTopic, body })
    }
    await postLog(app.url, { request_id: 'end', user_api_key: far })
    const all = idsOf(await owner.takeUntil('end'))
    expect(all.slice(0, 3)).toEqual(['first of near', 499, 'first of far'])
    const seenByFar = idsOf(await ofFar.takeUntil('end'))
    expect(seenByFar[0]).toBe(333)
    expect(idsOf(ofNear.frames).slice(0, 2)).toEqual(['first of near', 166])
  })
})

function told(app: TestApp, log: { requestId: string; finalText: string }): NewLogEvent {
  const ownerKey = ownerKeyFor(app.app.context, far)
  const { requestId } = log
  const local: ListedLog = {
    seq: 1,
    spanId: 's',
    traceId: 't',
    createdAt: 1,
    completedAt: null,
    model: null,
    modName: null,
    status: 'ok',
    ownerKey,
    sealedOwner: null,
    totalSteps: 1,
    favoritedBy: [],
    tags: [],
    isPublic: false,
    revision: 1,
    discussionCount: 0,
    ...log,
  }
  return { topic: newLogTopic, body: { requestId, ownerKey }, local }
}

describe('The socket /logs/stream beside a second server [postgres]', () => {
  test('tells what the other one stores, in order and to whom it belongs', async () => {
    const databaseUrl = await freshPostgresUrl()
    const shared = { databaseUrl, encryptionKey: Buffer.alloc(32, 7).toString('base64') }
    try {
      await using here = await startTestApp({ settings: shared })
      await using there = await startTestApp({ settings: shared })
      using admin = await StreamClient.open(here.url, await there.createKey(...scopes))
      await introduce(there)
      await admin.takeUntil('first of near')
      using ofFar = await StreamClient.open(here.url, far)
      using ofNear = await StreamClient.open(here.url, near)
      const ids = Array.from({ length: 20 }, (_, index) => `log ${index}`)
      for (const id of ids) {
        await postLog(there.url, { request_id: id, user_api_key: far, final_text: id })
      }
      await postLog(there.url, {
        request_id: 'long',
        user_api_key: far,
        final_text: 'x'.repeat(300_000),
      })
      const frames = await ofFar.takeUntil('long')
      expect(idsOf(frames)).toEqual([...ids, 'long'])
      expect(frames[3]).toMatchObject({ data: { final_text: 'log 3', user_api_key: null } })
      await postLog(there.url, { request_id: 'end', user_api_key: near })
      expect(idsOf(await ofNear.takeUntil('end'))).toEqual(['end'])
      const seen = await admin.takeUntil('end')
      expect(idsOf(seen)).toEqual([...ids, 'long', 'end'])
      expect(seen.at(-1)).toMatchObject({ data: { user_api_key: near } })
      expect(ofFar.frames).toEqual([])
    } finally {
      await dropPostgres(databaseUrl)
    }
  })
})
