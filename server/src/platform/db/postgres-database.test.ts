import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { schemaSteps } from '../../../migrations/index.ts'
import { openForTest } from '../../../test/support/database.ts'
import { dropPostgres, freshPostgresUrl } from '../../../test/support/postgres.ts'
import {
  countSamples,
  sampleRow,
  sampleTopic,
  saveSamples,
} from '../../../test/support/sample-groups.ts'
import type { BusEvent } from '../bus/event.ts'
import type { Tx } from './database.ts'

type Opened = Awaited<ReturnType<typeof openForTest>>

describe('PostgreSQL database [postgres]', () => {
  let url = ''
  let ours: Opened
  let theirs: Opened

  const open = async (): Promise<Opened> => {
    const opened = await openForTest({ kind: 'postgres', url })
    await opened.db.migrate(schemaSteps)
    return opened
  }
  beforeAll(async () => {
    url = await freshPostgresUrl()
    ours = await open()
    theirs = await open()
  })
  afterAll(async () => {
    for (const { db } of [ours, theirs]) await db[Symbol.asyncDispose]()
    await dropPostgres(url)
  })

  const keysIn = (published: readonly BusEvent[], prefix: string): string[] =>
    published.flatMap(({ topic, body }) => {
      if (topic !== sampleTopic) return []
      const { key } = body as { key: string }
      return key.startsWith(prefix) ? [key] : []
    })
  const backend = async (tx: Tx): Promise<number> => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db)
    return rows[0]?.pid ?? 0
  }
  const endBackend = (pid: number) =>
    theirs.db.write((tx) => sql`select pg_terminate_backend(${pid}::int)`.execute(tx.db))

  it('tells each event once to itself and once to the other process, the rest in no doubt', async () => {
    const prefix = randomUUID()
    const sides = [ours, theirs] as const
    const expected = Array.from({ length: 40 }, (_, index) => `${prefix}-${index}`)
    await Promise.all(
      expected.map(async (key, index) => {
        const { db } = sides[index % 2 ? 1 : 0]
        if (index % 4 < 2) return db.enqueue(saveSamples, { key }, 10)
        return db.write(async (tx) => {
          tx.publish({ topic: sampleTopic, body: { key } })
          // Transactions overlap and commit in another order than they began.
          await tx.allocate('spans', 1)
          await delay(Math.random() * 30)
        })
      }),
    )
    for (const { published } of sides) {
      await vi.waitFor(() => expect(keysIn(published, prefix)).toHaveLength(40), 5_000)
      expect(keysIn(published, prefix).toSorted()).toEqual(expected.toSorted())
    }
    await delay(100)
    for (const { published } of sides) expect(keysIn(published, prefix)).toHaveLength(40)
  })

  it('tells the other process in the order of commits', async () => {
    const prefix = randomUUID()
    const expected: string[] = []
    for (let index = 0; index < 20; index += 1) {
      const key = `${prefix}-${index}`
      expected.push(key)
      if (index % 3 === 0) await ours.db.enqueue(saveSamples, { key }, 10)
      else {
        await ours.db.write(async (tx) => tx.publish({ topic: sampleTopic, body: { key } }))
      }
    }
    await vi.waitFor(() => expect(keysIn(theirs.published, prefix)).toHaveLength(20), 5_000)
    expect(keysIn(theirs.published, prefix)).toEqual(expected)
    expect(keysIn(ours.published, prefix)).toEqual(expected)
  })

  it('passes over no event of a transaction that began early and ends late', async () => {
    const prefix = randomUUID()
    const gate = Promise.withResolvers<undefined>()
    const begun = Promise.withResolvers<undefined>()
    const late = ours.db.write(async (tx) => {
      tx.publish({ topic: sampleTopic, body: { key: `${prefix}-late` } })
      await tx.insertMany('settings', [sampleRow(`${prefix}-late`)])
      begun.resolve(undefined)
      await gate.promise
    })
    await begun.promise
    await ours.db.enqueue(saveSamples, { key: `${prefix}-early` }, 10)
    await delay(100)
    gate.resolve(undefined)
    await late
    await vi.waitFor(() => expect(keysIn(theirs.published, prefix)).toHaveLength(2), 5_000)
    expect(keysIn(theirs.published, prefix).toSorted()).toEqual([
      `${prefix}-early`,
      `${prefix}-late`,
    ])
  })

  it('tells nothing of a transaction that was rolled back, here or there', async () => {
    const prefix = randomUUID()
    const failing = ours.db.write(async (tx) => {
      tx.publish({ topic: sampleTopic, body: { key: `${prefix}-no` } })
      await tx.insertMany('settings', [sampleRow(prefix)])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await ours.db.enqueue(saveSamples, { key: `${prefix}-yes` }, 10)
    await vi.waitFor(() => expect(keysIn(theirs.published, prefix)).not.toEqual([]), 5_000)
    expect(keysIn(theirs.published, prefix)).toEqual([`${prefix}-yes`])
    expect(keysIn(ours.published, prefix)).toEqual([`${prefix}-yes`])
  })

  it('hears again after its listening connection was cut, and misses nothing', async () => {
    const prefix = randomUUID()
    await theirs.db.write((tx) =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'pharos-outbox' and datname = current_database()`.execute(tx.db),
    )
    await ours.db.enqueue(saveSamples, { key: `${prefix}-1` }, 10)
    await vi.waitFor(() => expect(keysIn(theirs.published, prefix)).toHaveLength(1), 8_000)
    await ours.db.enqueue(saveSamples, { key: `${prefix}-2` }, 10)
    await vi.waitFor(() => expect(keysIn(theirs.published, prefix)).toHaveLength(2), 8_000)
  })

  it('runs a change again that lost a race, and tells its events once', async () => {
    const key = randomUUID()
    let attempts = 0
    const outcomes = await Promise.all(
      [ours, theirs].map(({ db }) =>
        db.write(async (tx) => {
          attempts += 1
          const found = await tx.db
            .selectFrom('settings')
            .select('key')
            .where('key', '=', key)
            .execute()
          await delay(50)
          if (found.length === 0) await tx.insertMany('settings', [sampleRow(key)])
          tx.publish({ topic: sampleTopic, body: { key: `${key}-${found.length}` } })
          return found.length
        }),
      ),
    )
    expect(new Set(outcomes)).toEqual(new Set([0, 1]))
    expect(attempts).toBe(3)
    await vi.waitFor(() => expect(keysIn(ours.published, key)).toHaveLength(2), 5_000)
    expect(keysIn(ours.published, key).toSorted()).toEqual([`${key}-0`, `${key}-1`])
  })

  it('says that a connection was lost in mid-transaction, keeps nothing of it, and goes on', async () => {
    const key = randomUUID()
    const cut = ours.db.write(async (tx) => {
      await tx.insertMany('settings', [sampleRow(key)])
      await endBackend(await backend(tx))
      await delay(50)
      await tx.insertMany('settings', [sampleRow(`${key}-more`)])
    })
    await expect(cut).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    expect(await ours.db.run(countSamples, { prefix: key })).toBe(0)
    await ours.db.write((tx) => tx.insertMany('settings', [sampleRow(key)]))
    expect(await ours.db.run(countSamples, { prefix: key })).toBe(1)
  })

  it('gives whole numbers, sums and counts as numbers', async () => {
    const { rows } = await ours.db.read((tx) =>
      sql<object>`select count(*) as count, sum(x::bigint) as sum, max(x::bigint) as max
        from generate_series(1, 3) as x`.execute(tx.db),
    )
    expect(rows).toEqual([{ count: 3, sum: 6, max: 3 }])
  })

  it('says at once that there is no server, or no such database', async () => {
    const nowhere = openForTest({ kind: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' })
    await expect(nowhere).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The database is not reachable',
    })
    const missing = new URL(url)
    missing.pathname = `missing_${randomUUID().replaceAll('-', '')}`
    await expect(openForTest({ kind: 'postgres', url: missing.href })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The database refuses the connection',
    })
  })
})
