import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { engineCaller, logContext, storeLog } from '../../../test/support/sample-logs.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import {
  createCollection,
  deleteCollection,
  getCollection,
  listCollections,
  shareCollection,
  unshareCollection,
  updateCollection,
} from '../collections/index.ts'
import { anonymousCaller } from '../identity/index.ts'
import {
  addToCollection,
  getCollectedLogs,
  getLinkedLog,
  getLogOfSharedCollection,
  getSharedCollection,
  listCollectionsOfLog,
  removeFromCollection,
  shareLog,
  unshareLog,
} from './index.ts'

const page = { limit: 50, offset: 0 }
const refusal = (code: string) => expect.objectContaining({ code })
const gone = refusal('not-found')

describeEachDatabase('Collections and links', (store) => {
  const contextOf = (...given: Parameters<typeof engineCaller>) =>
    logContext(store, engineCaller(...given))
  const blue = contextOf('blue-key')
  const green = contextOf('green-key')
  const reader = contextOf('blue-key', ['logs:read'])
  const admin = logContext(store, callerWith('logs:read', 'logs:write', 'keys:manage'))
  const nobody = logContext(store, anonymousCaller())
  const begin = (ctx: typeof admin, name = 'set') =>
    createCollection(ctx, { name, description: null })
  const put = (ctx: typeof admin, collectionId: number, requestId: string) =>
    addToCollection(ctx, { collectionId, requestId, notes: null })
  const idsIn = async (ctx: typeof admin, id: number) =>
    (await getCollectedLogs(ctx, id, page)).requests.map(({ requestId }) => requestId)

  it('belong to whoever made them, and an admin uses all', async () => {
    const mine = await begin(blue, ' mine ')
    const theirs = await begin(green, 'theirs')
    const seenBy = async (ctx: typeof admin) =>
      (await listCollections(ctx, { limit: 100, offset: 0 })).collections.map(({ id }) => id)
    expect(await seenBy(blue)).toEqual([mine.id])
    expect(await seenBy(admin)).toEqual(expect.arrayContaining([mine.id, theirs.id]))
    expect((await getCollection(admin, mine.id)).name).toBe('mine')
    await expect(getCollection(green, mine.id)).rejects.toEqual(refusal('forbidden'))
    await expect(getCollection(blue, 1e15)).rejects.toEqual(gone)
  })

  it('are changed only with the scope, and only by their owner or an admin', async () => {
    const { id } = await begin(blue)
    const log = await storeLog(store, 'blue-key')
    await put(blue, id, log)
    const writes = (ctx: typeof admin): (() => Promise<unknown>)[] => [
      () => updateCollection(ctx, id, { name: 'x', description: null }),
      () => deleteCollection(ctx, id),
      () => shareCollection(ctx, id),
      () => unshareCollection(ctx, id),
      () => put(ctx, id, log),
      () => removeFromCollection(ctx, { collectionId: id, requestId: log }),
      () => shareLog(ctx, log),
      () => unshareLog(ctx, log),
    ]
    for (const write of [...writes(reader), () => begin(reader), ...writes(green)]) {
      await expect(write()).rejects.toEqual(refusal('forbidden'))
    }
    for (const write of [...writes(nobody), () => begin(nobody)]) {
      await expect(write()).rejects.toEqual(refusal('unauthenticated'))
    }
    expect(await idsIn(blue, id)).toEqual([log])
    expect(await getCollection(blue, id)).toMatchObject({ name: 'set', isPublic: false })
  })

  it('keep what a change leaves out, and refuse a change of nothing and a bad name', async () => {
    const { id } = await createCollection(blue, { name: 'a', description: 'of it' })
    const change = (name: string | null, description: string | null) =>
      updateCollection(blue, id, { name, description })
    expect(await change('b', null)).toMatchObject({ name: 'b', description: 'of it' })
    expect(await change(null, '')).toMatchObject({ name: 'b', description: '' })
    await expect(change(null, null)).rejects.toEqual(refusal('invalid'))
    await expect(change('  ', null)).rejects.toEqual(refusal('invalid'))
    await expect(begin(blue, 'ü'.repeat(128))).rejects.toEqual(refusal('invalid'))
    expect((await begin(blue, 'x'.repeat(255))).name).toHaveLength(255)
  })

  it('take a log once, give it back, and hold none that the caller may not read', async () => {
    const { id } = await begin(blue)
    const [log, foreign] = [await storeLog(store, 'blue-key'), await storeLog(store, 'green-key')]
    await put(blue, id, ` ${log} `)
    await put(blue, id, log)
    await expect(put(blue, id, foreign)).rejects.toEqual(refusal('forbidden'))
    await expect(put(blue, id, randomUUID())).rejects.toEqual(gone)
    await expect(put(blue, id, '  ')).rejects.toEqual(refusal('invalid'))
    expect(await idsIn(blue, id)).toEqual([log])
    expect(await listCollectionsOfLog(blue, log)).toMatchObject([{ id, requestCount: 1 }])
    expect(await listCollectionsOfLog(green, log)).toEqual([])
    await removeFromCollection(blue, { collectionId: id, requestId: log })
    const again = removeFromCollection(blue, { collectionId: id, requestId: log })
    await expect(again).rejects.toEqual(gone)
  })

  it('show a log that was added as a public one only while it is public', async () => {
    const foreign = await storeLog(store, 'green-key')
    await shareLog(green, foreign)
    const { id } = await begin(blue)
    await put(blue, id, foreign)
    const token = await shareCollection(blue, id)
    expect((await getLogOfSharedCollection(blue, token, foreign)).log.requestId).toBe(foreign)
    await unshareLog(green, foreign)
    expect(await idsIn(blue, id)).toEqual([])
    expect(await listCollectionsOfLog(blue, foreign)).toEqual([])
    expect((await getCollection(blue, id)).requestCount).toBe(0)
    expect((await getSharedCollection(blue, token, page)).total).toBe(0)
    await expect(getLogOfSharedCollection(blue, token, foreign)).rejects.toEqual(gone)
    // Its owner lends it to the collection: now it stays.
    await put(admin, id, foreign)
    expect(await idsIn(blue, id)).toEqual([foreign])
  })

  it('open with the newest link only, and with none once they are private', async () => {
    const log = await storeLog(store, 'blue-key')
    const { id } = await begin(blue)
    await put(blue, id, log)
    const [first, second] = [await shareLog(blue, log), await shareLog(blue, log)]
    const [oldSet, set] = [await shareCollection(blue, id), await shareCollection(blue, id)]
    for (const token of [first, second, oldSet, set]) expect(token).toMatch(/^[0-9a-f]{64}$/)
    await expect(getLinkedLog(blue, first)).rejects.toEqual(gone)
    await expect(getSharedCollection(blue, oldSet, page)).rejects.toEqual(gone)
    const view = await getLinkedLog(blue, second)
    expect(view).toMatchObject({ owner: null, publicToken: second, log: { requestId: log } })
    expect((await getSharedCollection(blue, set, page)).total).toBe(1)
    await unshareLog(blue, log)
    await expect(getLinkedLog(blue, second)).rejects.toEqual(gone)
    // In the collection its owner shows it still.
    expect((await getLogOfSharedCollection(blue, set, log)).owner).toBeNull()
    await unshareCollection(blue, id)
    await unshareCollection(blue, id)
    await expect(getSharedCollection(blue, set, page)).rejects.toEqual(gone)
    await expect(getLogOfSharedCollection(blue, set, log)).rejects.toEqual(gone)
  })

  it('take no token of one kind for the other, and no hash of a token for the token', async () => {
    const log = await storeLog(store, 'blue-key')
    const { id } = await begin(blue)
    const [ofLog, ofSet] = [await shareLog(blue, log), await shareCollection(blue, id)]
    await expect(getSharedCollection(blue, ofLog, page)).rejects.toEqual(gone)
    await expect(getLinkedLog(blue, ofSet)).rejects.toEqual(gone)
    await expect(getLinkedLog(blue, hashToken(ofLog))).rejects.toEqual(gone)
    await expect(getLinkedLog(blue, ofLog.toUpperCase())).rejects.toEqual(gone)
  })

  it('leave the logs and no link behind when they are deleted', async () => {
    const log = await storeLog(store, 'blue-key')
    const { id } = await begin(blue)
    await put(blue, id, log)
    const token = await shareCollection(blue, id)
    await deleteCollection(blue, id)
    await expect(getCollection(blue, id)).rejects.toEqual(gone)
    await expect(getSharedCollection(blue, token, page)).rejects.toEqual(gone)
    expect(await listCollectionsOfLog(blue, log)).toEqual([])
  })
})
