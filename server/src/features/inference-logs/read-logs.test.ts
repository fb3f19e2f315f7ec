import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { toIngested } from '../../../test/support/ingest-fixtures.ts'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { engineCaller, logContext, storeLog } from '../../../test/support/sample-logs.ts'
import { createCollection } from '../collections/index.ts'
import { anonymousCaller, type Caller } from '../identity/index.ts'
import { deleteTrace } from '../traces/index.ts'
import { addToCollection } from './collected-logs.ts'
import { getLog, type LogView } from './get-log.ts'
import { ingestLog } from './ingest-log.ts'
import { listLogs, type LogFilter } from './list-logs.ts'
import { listOwners } from './list-owners.ts'
import { addName } from './names.ts'
import { shareLog } from './share-log.ts'
import { warmLogs } from './warm-logs.ts'

const page = { limit: 100, offset: 0 }
const admin = callerWith('logs:read', 'logs:write', 'keys:manage')
const team = callerWith('logs:read')

function owner(): { key: string; caller: Caller } {
  const key = `engine key ${randomUUID()}`
  return { key, caller: engineCaller(key) }
}

function parsed({ rest }: LogView): Record<string, unknown> {
  const value: unknown = JSON.parse(`{${Buffer.from(rest).toString()}`)
  return value as Record<string, unknown>
}

describeEachDatabase('reading inference logs', (store) => {
  const as = (caller: Caller) => logContext(store, caller)
  const idsOf = async (caller: Caller, filter: LogFilter = {}) =>
    (await listLogs(as(caller), filter, page)).map(({ requestId }) => requestId)

  test('a list needs logs:read', async () => {
    const nobody = as(anonymousCaller())
    await expect(listLogs(nobody, {}, page)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(listOwners(nobody)).rejects.toMatchObject({ code: 'unauthenticated' })
    const other = as(callerWith('traces:read'))
    await expect(listLogs(other, {}, page)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(listOwners(other)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a key of one owner lists and finds its own only', async () => {
    const [me, them] = [owner(), owner()]
    const mine = await storeLog(store, me.key)
    const theirs = await storeLog(store, them.key)
    expect(await idsOf(me.caller)).toEqual([mine])
    expect(await idsOf(me.caller, { ownerText: them.key })).toEqual([mine])
    expect(await idsOf(me.caller, { q: 'prime number' })).toEqual([mine])
    expect(await idsOf(me.caller, { q: theirs })).toEqual([])
    expect(await idsOf(admin, { ownerText: them.key })).toEqual([theirs])
    expect(await idsOf(admin, { q: theirs })).toEqual([theirs])
  })

  test('the key that a log came with is shown to an admin only', async () => {
    const me = owner()
    const id = await storeLog(store, me.key)
    const shownTo = async (caller: Caller) => {
      const [listed] = (await listLogs(as(caller), {}, page)).filter(
        ({ requestId }) => requestId === id,
      )
      return [listed?.owner, (await getLog(as(caller), id)).owner]
    }
    expect(await shownTo(admin)).toEqual([me.key, me.key])
    expect(await shownTo(me.caller)).toEqual([null, null])
    expect(await shownTo(team)).toEqual([null, null])
  })

  test('owners are counted within reach and named by their beginning', async () => {
    const me = owner()
    await storeLog(store, me.key)
    await storeLog(store, me.key)
    const [mine, ...others] = await listOwners(as(me.caller))
    expect(others).toEqual([])
    expect(mine).toMatchObject({ label: 'engine k...', requestCount: 2 })
    expect(await listOwners(as(admin))).toContainEqual({ ...mine, label: me.key })
    expect((await listOwners(as(team))).map(({ label }) => label)).not.toContain(me.key)
  })

  test('nobody is let in by what an admin has read before', async () => {
    const [me, them] = [owner(), owner()]
    const id = await storeLog(store, me.key)
    const { logCache } = as(admin)
    await getLog({ ...as(admin), logCache }, id)
    const before = logCache.figures
    const refused = getLog({ ...as(them.caller), logCache }, id)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    const anonymous = getLog({ ...as(anonymousCaller()), logCache }, id)
    await expect(anonymous).rejects.toMatchObject({ code: 'unauthenticated' })
    const unknown = getLog({ ...as(anonymousCaller()), logCache }, randomUUID())
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' })
    expect(logCache.figures).toEqual(before)
    await shareLog(as(admin), id)
    expect(await getLog({ ...as(anonymousCaller()), logCache }, id)).toMatchObject({
      owner: null,
      log: { isPublic: true },
      publicToken: expect.stringMatching(/^[\da-f]{64}$/),
    })
  })

  test('a second reader is served from the cache, and a changed log is read anew', async () => {
    const me = owner()
    const id = await storeLog(store, me.key)
    const { logCache } = as(admin)
    const read = (caller: Caller) => getLog({ ...as(caller), logCache }, id)
    const first = await read(admin)
    expect((await read(me.caller)).rest).toBe(first.rest)
    expect(logCache.figures).toMatchObject({ hits: 1, misses: 1, entryCount: 1 })
    await addName(as(admin), id, 'tags', 'odd')
    expect((await read(me.caller)).log.tags).toEqual(['odd'])
    const document = sampleIngest({ requestId: id, ownerKey: me.key, steps: 1 })
    await ingestLog(as(callerWith('traces:write')), toIngested(document), 1_000)
    const again = await read(me.caller)
    expect(again.log).toMatchObject({ tags: ['odd'], totalSteps: 2 })
    expect(parsed(again)['steps']).toHaveLength(1)
    expect(parsed(first)['steps']).toHaveLength(3)
    expect(logCache.figures.entryCount).toBe(1)
  })

  test('a log that was deleted and sent again is never the one before', async () => {
    const me = owner()
    const id = await storeLog(store, me.key)
    const { logCache } = as(admin)
    const read = () => getLog({ ...as(admin), logCache }, id)
    await addName(as(admin), id, 'tags', 'odd')
    const { traceId } = (await read()).log
    await deleteTrace(as(callerWith('traces:write')), traceId)
    await expect(read()).rejects.toMatchObject({ code: 'not-found' })
    const document = sampleIngest({ requestId: id, ownerKey: me.key, steps: 1 })
    await ingestLog(as(callerWith('traces:write')), toIngested(document), 1_000)
    expect(parsed(await read())['steps']).toHaveLength(1)
  })

  test('the newest logs are at hand after a start', async () => {
    const id = await storeLog(store, owner().key)
    const { logCache } = as(admin)
    await warmLogs({ db: store.db, logCache }, new AbortController().signal)
    const { misses } = logCache.figures
    await getLog({ ...as(admin), logCache }, id)
    expect(logCache.figures).toMatchObject({ hits: 1, misses })
  })

  test('a collection is listed by its keeper, last added first, within reach', async () => {
    const [me, them] = [owner(), owner()]
    const first = await storeLog(store, me.key)
    const second = await storeLog(store, me.key)
    const { id: collectionId } = await createCollection(as(me.caller), {
      name: 'kept',
      description: null,
    })
    for (const [index, requestId] of [second, first].entries()) {
      const ctx = { ...as(me.caller), clock: standingClock(1_700_000_000 + index) }
      await addToCollection(ctx, { collectionId, requestId, notes: null })
    }
    expect(await idsOf(me.caller, { collectionId })).toEqual([first, second])
    await expect(idsOf(them.caller, { collectionId })).rejects.toMatchObject({ code: 'forbidden' })
    const unknown = idsOf(me.caller, { collectionId: 987_654_321 })
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' })
  })
})
