import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { auditEntry } from './audit.ts'
import { localCaller, type Caller } from './caller.ts'
import { createApiKey } from './create-api-key.ts'
import { exportAudit, listAudit } from './list-audit.ts'
import { insertAudit } from './store.ts'

const first = 1_700_000_000
const count = 1203

describeEachDatabase('The audit', (store) => {
  const clock = standingClock(first)
  const reader = (caller = callerWith('audit:read')) => contextOf(store, clock, caller)
  const ada = randomUUID()
  const gone = randomUUID()
  const person = (userId: string): Caller => ({
    kind: 'session',
    sessionId: 's',
    userId,
    role: 'admin',
    scopes: new Set(),
    from: { ip: '203.0.113.9', requestId: 'r-1' },
  })
  const whole = { limit: 500, offset: 0 }

  beforeAll(async () => {
    const { key } = await createApiKey(
      { ...contextOf(store, clock), caller: localCaller() },
      { name: 'robot', scopes: ['traces:read'], expiresAt: null },
    )
    const robot: Caller = {
      kind: 'apiKey',
      keyId: key.id,
      userId: null,
      subject: null,
      scopes: new Set(),
    }
    const actors = [person(ada), person(gone), robot, localCaller()]
    const entries = Array.from({ length: count }, (_, index) => {
      // Three at a time happen in the same moment.
      const at = { ...standingClock(first + 1 + Math.floor(index / 3)), ids: randomIds }
      const caller = actors[index % 4] ?? localCaller()
      const kind = index % 2 === 0 ? 'user' : 'user-list'
      const target = { kind, id: `t${index}` }
      return auditEntry({ clock: at, ids: randomIds, caller }, target, 'update', { index })
    })
    await store.db.write(async (tx) => {
      await insertAudit(tx, entries)
      await tx.db
        .insertInto('users')
        .values({
          id: ada,
          email: 'Ada@lab.test',
          email_key: 'ada@lab.test',
          name: 'Ada',
          role: 'admin',
          role_source: 'local',
          status: 'active',
          profile: '{}',
          created_at: first,
          updated_at: first,
        })
        .execute()
    })
    clock.now = first + 10_000
  })

  it('shows the latest first, page by page, with the names that there are', async () => {
    const { acts, total } = await listAudit(reader(), {}, { limit: 4, offset: 0 })
    expect(total).toBe(count + 1)
    expect(acts.map(({ at }) => at)).toEqual([401, 401, 401, 400].map((after) => first + after))
    const { acts: all } = await listAudit(reader(), {}, { limit: 5000, offset: 0 })
    expect(all.length).toBe(count + 1)
    expect(all.slice(0, 4)).toEqual(acts)
    const ofIndex = (index: number) => all.find(({ changes }) => changes['index'] === index)
    expect(ofIndex(0)).toEqual({
      id: expect.any(String),
      at: first + 1,
      actorKind: 'session',
      actorId: ada,
      actorName: 'Ada',
      action: 'user.update',
      targetKind: 'user',
      targetId: 't0',
      ip: '203.0.113.9',
      requestId: 'r-1',
      changes: { index: 0 },
    })
    expect(ofIndex(1)).toMatchObject({ actorId: gone, actorName: null })
    expect(ofIndex(2)).toMatchObject({ actorKind: 'apiKey', actorName: 'robot' })
    expect(ofIndex(3)).toMatchObject({
      actorKind: 'local',
      actorId: null,
      actorName: null,
      ip: null,
      requestId: null,
    })
  })

  it.each([
    [{ actor: ada }, 301],
    [{ actor: 'ADA@lab.test' }, 301],
    [{ actor: 'local' }, 301],
    [{ actor: 'nobody' }, 0],
    [{ action: 'user' }, 602],
    [{ action: 'user.update' }, 602],
    [{ action: 'user.updat' }, 0],
    [{ action: 'api-key' }, 1],
    [{ action: 'user%' }, 0],
    [{ target: 't7' }, 1],
    [{ target: 'user-list' }, 601],
    [{ from: first + 401 }, 3],
    [{ from: first + 1, to: first + 3 }, 6],
    [{ actor: 'local', target: 'user-list', from: first + 1, to: first + 5 }, 3],
  ])('finds what matches %j: %i', async (filter, expected) => {
    const { acts, total } = await listAudit(reader(), filter, { limit: 5000, offset: 0 })
    expect([acts.length, total]).toEqual([expected, expected])
  })

  it('gives all of it in the order of time, a few hundred at a time, each once', async () => {
    const pages = await Array.fromAsync(exportAudit(reader(), {}))
    expect(pages.map(({ length }) => length)).toEqual([500, 500, count + 1 - 1000])
    const all = pages.flat()
    expect(new Set(all.map(({ id }) => id)).size).toBe(count + 1)
    const { acts } = await listAudit(reader(), {}, { limit: 5000, offset: 0 })
    expect(all).toEqual(acts.toReversed())
  })

  it('exports what matches, none at all and a full page too', async () => {
    const exported = async (filter: Parameters<typeof exportAudit>[1]) =>
      (await Array.fromAsync(exportAudit(reader(), filter))).map(({ length }) => length)
    expect(await exported({ actor: 'nobody' })).toEqual([0])
    expect(await exported({ from: first + 1, to: first + 1 + 500 / 3 })).toEqual([500, 1])
    expect(await exported({ target: 'user-list' })).toEqual([500, 101])
  })

  it('does not go on for ever while others act', async () => {
    const pages: number[] = []
    for await (const { length } of exportAudit(reader(), {})) {
      pages.push(length)
      const noise = Array.from({ length: 500 }, () =>
        auditEntry(contextOf(store, clock), { kind: 'noise', id: 'n' }, 'create', {}),
      )
      if (pages.length < 3) await store.db.write((tx) => insertAudit(tx, noise))
    }
    expect(pages).toEqual([500, 500, count + 1 - 1000])
  })

  it('is not for who may not read it, nor for a key of one owner', async () => {
    const strangers = [callerWith('keys:manage', 'settings:manage'), ownerCaller('x', 'audit:read')]
    for (const caller of strangers) {
      await expect(listAudit(reader(caller), {}, whole)).rejects.toMatchObject({
        code: 'forbidden',
      })
      expect(() => exportAudit(reader(caller), {})).toThrow(
        expect.objectContaining({ code: 'forbidden' }),
      )
    }
  })
})
