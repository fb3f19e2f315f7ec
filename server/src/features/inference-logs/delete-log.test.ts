import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleExecution, storeExecutions } from '../../../test/support/sample-executions.ts'
import { engineCaller, logContext, storeLog } from '../../../test/support/sample-logs.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { createCollection } from '../collections/index.ts'
import { anonymousCaller, findShareTarget } from '../identity/index.ts'
import {
  applyRetention,
  deleteTraces,
  findSpans,
  findTraces,
  ingestSpans,
} from '../traces/index.ts'
import {
  addDiscussion,
  addToCollection,
  deleteLog,
  findLogAccess,
  getCollectedLogs,
  listDiscussions,
  shareLog,
  unshareLog,
  type FoundLog,
} from './index.ts'

const page = { limit: 50, offset: 0 }
const refusal = (code: string) => expect.objectContaining({ code })

describeEachDatabase('Deleting logs', (store) => {
  const blue = logContext(store, engineCaller('blue-key'))
  const admin = logContext(
    store,
    callerWith('logs:read', 'logs:write', 'keys:manage', 'traces:read', 'traces:write'),
  )
  const accessOf = async (id: string): Promise<FoundLog> => {
    const found = await store.db.read((tx) => findLogAccess(tx, id))
    if (!found) throw new Error(`There is no log ${id}`)
    return found
  }
  const traceOf = async (id: string) =>
    (await store.db.read((tx) => findTraces(tx, [id], 'all')))[0]
  const isThere = async (id: string) =>
    (await store.db.read((tx) => findLogAccess(tx, id))) !== undefined
  const collect = async (ctx: typeof admin, requestId: string): Promise<number> => {
    const { id } = await createCollection(ctx, { name: 'set', description: null })
    await addToCollection(ctx, { collectionId: id, requestId, notes: null })
    return id
  }

  it('takes the span, its trace, comments, memberships and links along', async () => {
    const id = await storeLog(store, 'blue-key')
    const { traceId, spanId } = await accessOf(id)
    const collectionId = await collect(blue, id)
    const token = await shareLog(blue, id)
    await addDiscussion(blue, id, { username: 'Ann', comment: 'odd' })
    await deleteLog(blue, id)
    expect(await isThere(id)).toBe(false)
    expect(await traceOf(traceId)).toBeUndefined()
    expect(await store.db.read((tx) => findSpans(tx, [spanId]))).toEqual([])
    expect(await store.db.read((tx) => findShareTarget(tx, 'log', token))).toBeUndefined()
    expect((await getCollectedLogs(blue, collectionId, page)).requests).toEqual([])
    await expect(listDiscussions(admin, id, page)).rejects.toEqual(refusal('not-found'))
    await expect(deleteLog(blue, id)).rejects.toEqual(refusal('not-found'))
  })

  it('is for its owner and admins who may write', async () => {
    const id = await storeLog(store, 'blue-key')
    const green = logContext(store, engineCaller('green-key'))
    const reader = logContext(store, engineCaller('blue-key', ['logs:read']))
    const nobody = logContext(store, anonymousCaller())
    await expect(deleteLog(green, id)).rejects.toEqual(refusal('forbidden'))
    await expect(deleteLog(reader, id)).rejects.toEqual(refusal('forbidden'))
    await expect(deleteLog(nobody, id)).rejects.toEqual(refusal('unauthenticated'))
    expect(await isThere(id)).toBe(true)
    await deleteLog(admin, id)
    expect(await isThere(id)).toBe(false)
  })

  it('leaves the rest of the trace as if the span had never come', async () => {
    const id = await storeLog(store, null)
    const { traceId, spanId } = await accessOf(id)
    const rest = [
      sampleSpan({
        traceId,
        parentSpanId: spanId,
        name: 'below',
        sdkLanguage: null,
        startTime: 4e9,
        endTime: 4e9 + 7,
      }),
      sampleSpan({
        traceId,
        parentSpanId: spanId,
        name: 'later',
        sdkLanguage: null,
        startTime: 5e9,
        endTime: null,
      }),
    ]
    const alone = randomUUID()
    const copies = rest.map((span) => ({ ...span, spanId: randomUUID(), traceId: alone }))
    await ingestSpans(admin, [...rest, ...copies], 1000)
    expect(await traceOf(traceId)).toMatchObject({ spanCount: 3 })
    await deleteLog(admin, id)
    const [left, never] = [await traceOf(traceId), await traceOf(alone)]
    const given = { seq: 0, traceId: '', createdAt: 0, nameSpanId: '' }
    expect({ ...left, ...given }).toEqual({ ...never, ...given })
    expect(left).toMatchObject({ name: 'below', spanCount: 2, startTime: 4e9, endTime: 4e9 + 7 })
  })

  it('by age and size spares what is public or collected, by name nothing', async () => {
    await deleteTraces(admin, { createdBefore: 9e12 })
    const [shared, collected, free] = [
      await storeLog(store, 'blue-key'),
      await storeLog(store, 'blue-key'),
      await storeLog(store, 'blue-key'),
    ]
    await shareLog(blue, shared)
    await collect(blue, collected)
    const traceIds = (await Promise.all([shared, collected].map(accessOf))).map(
      (log) => log.traceId,
    )
    expect(await deleteTraces(admin, { createdBefore: 9e12 })).toBe(1)
    expect(await isThere(free)).toBe(false)

    const another = await storeLog(store, 'blue-key')
    const policy = { maxAgeSeconds: undefined, maxBytes: 1 }
    expect(await applyRetention(admin, policy, new AbortController().signal)).toBe(1)
    expect(await isThere(another)).toBe(false)
    expect(await isThere(shared)).toBe(true)

    await unshareLog(blue, shared)
    expect(await deleteTraces(admin, { createdBefore: 9e12 })).toBe(1)
    expect(await isThere(shared)).toBe(false)
    expect(await isThere(collected)).toBe(true)
    expect(await deleteTraces(admin, { traceIds })).toBe(1)
    expect(await isThere(collected)).toBe(false)
  })

  it('by age and size spares what is of an execution, by name nothing', async () => {
    await deleteTraces(admin, { createdBefore: 9e12 })
    const [ran, linked, free] = [
      await storeLog(store, 'blue-key'),
      await storeLog(store, 'blue-key'),
      await storeLog(store, 'blue-key'),
    ]
    const { traceId, spanId } = await accessOf(ran)
    const { traceId: linkedTrace } = await accessOf(linked)
    await storeExecutions(store.db, [
      sampleExecution(),
      sampleExecution({ trace_id: traceId, span_id: spanId }),
      sampleExecution({ trace_id: linkedTrace }),
    ])
    expect(await deleteTraces(admin, { createdBefore: 9e12 })).toBe(1)
    expect(await isThere(free)).toBe(false)
    const policy = { maxAgeSeconds: undefined, maxBytes: 1 }
    expect(await applyRetention(admin, policy, new AbortController().signal)).toBe(0)
    expect(await isThere(ran)).toBe(true)
    expect(await isThere(linked)).toBe(true)
    expect(await deleteTraces(admin, { traceIds: [traceId, linkedTrace] })).toBe(2)
    expect(await isThere(ran)).toBe(false)
  })

  it('with its trace leaves no link behind', async () => {
    const id = await storeLog(store, 'blue-key')
    const { traceId } = await accessOf(id)
    const token = await shareLog(blue, id)
    expect(await deleteTraces(admin, { traceIds: [traceId] })).toBe(1)
    expect(await store.db.read((tx) => findShareTarget(tx, 'log', token))).toBeUndefined()
  })
})
