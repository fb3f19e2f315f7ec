import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { engineCaller, logContext, storeLog } from '../../../test/support/sample-logs.ts'
import { anonymousCaller } from '../identity/index.ts'
import {
  addDiscussion,
  addName,
  editDiscussion,
  getDiscussion,
  listDiscussions,
  listNames,
  removeDiscussion,
  removeName,
  shareLog,
} from './index.ts'
import { findLogAccess } from './log-store.ts'

const page = { limit: 50, offset: 0 }
const refusal = (code: string) => expect.objectContaining({ code })

describeEachDatabase('Notes of a log', (store) => {
  const blue = logContext(store, engineCaller('blue-key'))
  const green = logContext(store, engineCaller('green-key'))
  const reader = logContext(store, engineCaller('blue-key', ['logs:read']))
  const admin = logContext(store, callerWith('logs:read', 'logs:write', 'keys:manage'))
  const nobody = logContext(store, anonymousCaller())
  const revisionOf = async (id: string) =>
    (await store.db.read((tx) => findLogAccess(tx, id)))?.revision ?? Number.NaN

  it('lists names in the order of their adding, each once', async () => {
    const id = await storeLog(store, 'blue-key')
    await addName(blue, id, 'favoritedBy', ' gold ')
    await addName(blue, id, 'favoritedBy', 'blue')
    expect(await addName(blue, id, 'favoritedBy', 'gold')).toEqual(['gold', 'blue'])
    expect(await addName(blue, id, 'tags', 'slow')).toEqual(['slow'])
    expect(await removeName(blue, id, 'favoritedBy', 'gold')).toEqual(['blue'])
    expect(await removeName(blue, id, 'favoritedBy', 'never there')).toEqual(['blue'])
    expect(await listNames(blue, id)).toEqual({ favoritedBy: ['blue'], tags: ['slow'] })
  })

  it('keeps every name that is added at the same time, on both lists', async () => {
    const id = await storeLog(store, 'blue-key')
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`)
    await Promise.all(
      names.flatMap((name) => [
        addName(blue, id, 'tags', name),
        addName(blue, id, 'favoritedBy', name),
      ]),
    )
    const { tags, favoritedBy } = await listNames(blue, id)
    expect(tags.toSorted()).toEqual(names.toSorted())
    expect(favoritedBy.toSorted()).toEqual(names.toSorted())
  })

  it('counts each change as a revision, so that no copy passes for the newest', async () => {
    const id = await storeLog(store, 'blue-key')
    const revisions = [await revisionOf(id)]
    const { id: said } = await addDiscussion(blue, id, { username: 'Ann', comment: 'a' })
    const changes = [
      () => addName(blue, id, 'tags', 'x'),
      () => removeName(blue, id, 'tags', 'x'),
      () => editDiscussion(blue, id, said, 'b'),
      () => removeDiscussion(blue, id, said),
      () => shareLog(blue, id),
    ]
    for (const change of changes) {
      revisions.push(await revisionOf(id))
      await change()
    }
    revisions.push(await revisionOf(id))
    expect(new Set(revisions).size).toBe(7)
    expect(revisions.toSorted((a, b) => a - b)).toEqual(revisions)
  })

  it('are read by whoever may read the log, and refused as forbidden even to nobody', async () => {
    const id = await storeLog(store, 'blue-key')
    for (const stranger of [green, nobody]) {
      await expect(listNames(stranger, id)).rejects.toEqual(refusal('forbidden'))
      await expect(listDiscussions(stranger, id, page)).rejects.toEqual(refusal('forbidden'))
      await expect(getDiscussion(stranger, id, 1)).rejects.toEqual(refusal('forbidden'))
      await expect(listNames(stranger, randomUUID())).rejects.toEqual(refusal('not-found'))
    }
    await shareLog(blue, id)
    for (const reading of [green, nobody, admin]) {
      expect(await listNames(reading, id)).toEqual({ favoritedBy: [], tags: [] })
      expect(await listDiscussions(reading, id, page)).toEqual({ discussions: [], total: 0 })
    }
  })

  it('are written only with the scope, and only on logs that the caller may read', async () => {
    const id = await storeLog(store, 'blue-key')
    const { id: said } = await addDiscussion(blue, id, { username: 'Ann', comment: 'mine' })
    const writes = (ctx: typeof blue): (() => Promise<unknown>)[] => [
      () => addName(ctx, id, 'favoritedBy', 'x'),
      () => removeName(ctx, id, 'favoritedBy', 'x'),
      () => addName(ctx, id, 'tags', 'x'),
      () => removeName(ctx, id, 'tags', 'x'),
      () => addDiscussion(ctx, id, { username: 'Eve', comment: 'x' }),
      () => editDiscussion(ctx, id, said, 'x'),
      () => removeDiscussion(ctx, id, said),
    ]
    for (const write of writes(reader)) await expect(write()).rejects.toEqual(refusal('forbidden'))
    for (const write of writes(green)) await expect(write()).rejects.toEqual(refusal('forbidden'))
    for (const write of writes(nobody)) {
      await expect(write()).rejects.toEqual(refusal('unauthenticated'))
    }
    expect(await listNames(blue, id)).toEqual({ favoritedBy: [], tags: [] })
    const { discussions } = await listDiscussions(blue, id, page)
    expect(discussions).toEqual([expect.objectContaining({ id: said, comment: 'mine' })])
  })

  it('lets only its author and admins change a comment, also on a public log', async () => {
    const id = await storeLog(store, 'blue-key')
    await shareLog(blue, id)
    const { id: said } = await addDiscussion(green, id, { username: 'blue', comment: 'hi' })
    await expect(editDiscussion(blue, id, said, 'x')).rejects.toEqual(refusal('forbidden'))
    await expect(removeDiscussion(blue, id, said)).rejects.toEqual(refusal('forbidden'))
    expect((await editDiscussion(green, id, said, ' hello ')).comment).toBe('hello')
    expect((await editDiscussion(admin, id, said, 'hey')).comment).toBe('hey')
    await removeDiscussion(admin, id, said)
    await expect(removeDiscussion(green, id, said)).rejects.toEqual(refusal('not-found'))
  })

  it('pages through comments from the oldest, and finds one only under its own log', async () => {
    const [id, other] = [await storeLog(store, 'blue-key'), await storeLog(store, 'blue-key')]
    const ids: number[] = []
    for (const comment of ['a', 'b', 'c']) {
      ids.push((await addDiscussion(blue, id, { username: ' Ann ', comment })).id)
    }
    const { discussions, total } = await listDiscussions(blue, id, { limit: 2, offset: 1 })
    expect({ ids: discussions.map((one) => one.id), total }).toEqual({
      ids: ids.slice(1),
      total: 3,
    })
    expect(discussions[0]?.username).toBe('Ann')
    await expect(getDiscussion(blue, other, ids[0] ?? 0)).rejects.toEqual(refusal('not-found'))
  })

  it('refuses blank words and a name of more than 255 characters', async () => {
    const id = await storeLog(store, 'blue-key')
    const say = (username: string, comment: string) =>
      addDiscussion(blue, id, { username, comment })
    await expect(say('\t', 'x')).rejects.toEqual(refusal('invalid'))
    await expect(say('Ann', ' ')).rejects.toEqual(refusal('invalid'))
    await expect(say('🔑'.repeat(256), 'x')).rejects.toEqual(refusal('invalid'))
    expect((await say('🔑'.repeat(255), 'a\0b')).comment).toBe('a\ufffdb')
    await expect(addName(blue, id, 'tags', ' ')).rejects.toEqual(refusal('invalid'))
  })
})
