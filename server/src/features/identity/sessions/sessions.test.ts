import { expect, it } from 'vitest'
import { Accounts } from '../../../../test/support/accounts.ts'
import { standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import { createVault } from '../../../platform/secrets/vault.ts'
import { endSession } from '../../../../test/support/log-in.ts'
import { dropExpiredSessions, endSessionsOf } from './end-session.ts'
import { findSession, getSession } from './find-session.ts'
import { sealData } from './session-data.ts'
import {
  dropRefreshLease,
  liveSessions,
  saveSessionData,
  takeRefreshLease,
} from './session-store.ts'
import { SessionUse } from './session-use.ts'
import type { LiveSession } from './session.ts'
import { startAnonymousSession, startSession, type NewSession } from './start-session.ts'

const day = 86_400
const place = { ip: '192.0.2.7', userAgent: 'Browser/1' }

describeEachDatabase('Sessions', (store) => {
  const clock = standingClock()
  const accounts = new Accounts(store)
  const vault = createVault(Buffer.alloc(32, 3))
  const ctx = () => ({ db: store.db, clock, vault })
  const start = async (changes: Partial<NewSession> = {}) => {
    const { id: userId } = await accounts.add()
    return startSession(ctx(), { userId, kind: 'oidc', ...place, ...changes })
  }
  const live = async (id: string): Promise<LiveSession | undefined> =>
    (await store.db.run(liveSessions, { ids: [id], nowSeconds: clock.now }))[0]

  it('are found by their secret, which is kept nowhere, and keep data that nobody reads', async () => {
    const data = { access_token: 'token-of-the-issuer', times: [1, null] }
    const { secret, session } = await start({ data })
    expect(secret).toMatch(/^[\da-f]{64}$/)
    expect(session.id).toBe(hashToken(secret))
    expect(await findSession(ctx(), secret)).toEqual(session)
    expect(session).toMatchObject({ kind: 'oidc', data, ...place })
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('sessions').selectAll().where('id', '=', session.id).execute(),
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('token-of-the-issuer')
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(await findSession(ctx(), session.id)).toBeUndefined()
  })

  it('store what a browser calls itself, whatever it says', async () => {
    const { secret } = await start({ userAgent: `\0\ud800${'x'.repeat(2000)}` })
    const found = await findSession(ctx(), secret)
    expect(found?.userAgent).toBe(`\ufffd\ufffd${'x'.repeat(498)}`)
  })

  it.each([
    ['oidc', 14 * day],
    ['password', 30 * day],
  ] as const)('of the kind %s end after their time', async (kind, seconds) => {
    clock.now = 1_700_000_000
    const { secret, session } = await start({ kind })
    clock.now += seconds - 1
    expect(await findSession(ctx(), secret)).toBeDefined()
    expect(await live(session.id)).toMatchObject({ kind, role: 'user' })
    clock.now += 1
    expect(await findSession(ctx(), secret)).toBeUndefined()
    expect(await live(session.id)).toBeUndefined()
  })

  it('with a password last as long as the operator says', async () => {
    const { id: userId } = await accounts.add()
    const input = { userId, kind: 'password', ...place } as const
    const { session } = await startSession({ ...ctx(), passwordLoginSeconds: 60 }, input)
    expect(session.expiresAt).toBe(clock.now + 60)
  })

  it('of nobody last ten minutes and speak for nobody', async () => {
    const { secret, session } = await startAnonymousSession(ctx(), {
      data: { state: 's' },
      ...place,
    })
    expect(await findSession(ctx(), secret)).toMatchObject({ userId: null, data: { state: 's' } })
    expect(await live(session.id)).toBeUndefined()
    clock.now += 600
    expect(await findSession(ctx(), secret)).toBeUndefined()
  })

  it('speak for a person as he is at that moment', async () => {
    const { session } = await start()
    const set = (changes: { role?: string; status?: string }) =>
      store.db.write((tx) =>
        tx.db
          .updateTable('users')
          .set(changes)
          .where('id', '=', session.userId ?? '')
          .execute(),
      )
    await set({ role: 'viewer' })
    expect(await live(session.id)).toMatchObject({ role: 'viewer' })
    await set({ role: 'sovereign' })
    expect(await live(session.id)).toBeUndefined()
    for (const status of ['inactive', 'pending']) {
      await set({ role: 'admin', status })
      expect(await live(session.id)).toBeUndefined()
    }
    await set({ status: 'active' })
    expect(await live(session.id)).toMatchObject({ role: 'admin' })
  })

  it('keep other data for as long as they last, and none afterwards', async () => {
    const { session } = await start({ data: { a: 1 } })
    const keep = (data: JsonObject) =>
      store.db.write((tx) => saveSessionData(tx, session.id, sealData(ctx(), data)))
    expect(await keep({ b: 2 })).toBe(true)
    expect(await getSession(ctx(), session.id)).toMatchObject({ data: { b: 2 } })
    await keep({})
    expect(await getSession(ctx(), session.id)).toMatchObject({ data: {} })
    await endSession(ctx(), session.id)
    expect(await keep({ c: 3 })).toBe(false)
    expect(await getSession(ctx(), session.id)).toBeUndefined()
    await endSession(ctx(), session.id)
  })

  it('of a person end together, but for the one that is kept', async () => {
    const first = await start()
    const userId = first.session.userId ?? ''
    const [second, third] = [await start({ userId }), await start({ userId })]
    const stranger = await start()
    const exceptId = second.session.id
    expect(await store.db.write((tx) => endSessionsOf(tx, userId, { exceptId }))).toBe(2)
    const found = await Promise.all(
      [first, second, third, stranger].map(({ secret }) => findSession(ctx(), secret)),
    )
    expect(found.map((one) => one !== undefined)).toEqual([false, true, false, true])
    expect(await store.db.write((tx) => endSessionsOf(tx, userId))).toBe(1)
    expect(await findSession(ctx(), second.secret)).toBeUndefined()
  })

  it('that are over are dropped, and no others', async () => {
    await dropExpiredSessions({ ...ctx(), clock: standingClock(9e9) })
    const [over, going] = [await start({ kind: 'oidc' }), await start({ kind: 'password' })]
    clock.now += 14 * day
    expect(await dropExpiredSessions(ctx())).toBe(1)
    const ids = await store.db.read((tx) => tx.db.selectFrom('sessions').select('id').execute())
    expect(ids).toEqual([{ id: going.session.id }])
    expect(over.session.id).not.toBe(going.session.id)
  })

  it('are renewed by one process at a time', async () => {
    const { session } = await start()
    const take = (nowSeconds: number) =>
      store.db.write((tx) =>
        takeRefreshLease(tx, session.id, { nowSeconds, untilSeconds: nowSeconds + 10 }),
      )
    const { now } = clock
    const taken = await Promise.all([take(now), take(now), take(now)])
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await take(now + 9)).toBe(false)
    expect(await take(now + 10)).toBe(true)
    await store.db.write((tx) => dropRefreshLease(tx, session.id, now + 10))
    expect(await take(now + 11)).toBe(false)
    await store.db.write((tx) => dropRefreshLease(tx, session.id, now + 20))
    expect(await take(now + 11)).toBe(true)
    await endSession(ctx(), session.id)
    expect(await take(now + 30)).toBe(false)
  })

  it('are seen at most once a minute, and slide if they began at an issuer', async () => {
    const failed: unknown[] = []
    const ids = await Promise.all(
      (['oidc', 'password'] as const).map(async (kind) => (await start({ kind })).session.id),
    )
    const begun = clock.now
    await using use = new SessionUse({ ...ctx(), onError: (error) => failed.push(error) })
    const useAll = async () => {
      for (const id of ids) {
        const session = await live(id)
        if (session !== undefined) use.note(session)
      }
      await use.flush()
      return Promise.all(ids.map((id) => live(id)))
    }
    clock.now += 59
    expect(await useAll()).toMatchObject([{ lastSeenAt: begun }, { lastSeenAt: begun }])
    clock.now += 1
    expect(await useAll()).toMatchObject([
      { lastSeenAt: clock.now, expiresAt: clock.now + 14 * day },
      { lastSeenAt: clock.now, expiresAt: begun + 30 * day },
    ])
    expect(failed).toEqual([])
  })

  it('that have ended do not come back because they were used', async () => {
    const { session } = await start()
    const seen = await live(session.id)
    clock.now += 61
    await using use = new SessionUse({ ...ctx(), onError: () => undefined })
    if (seen !== undefined) use.note(seen)
    await endSession(ctx(), session.id)
    await use.flush()
    expect(await live(session.id)).toBeUndefined()
  })
})
