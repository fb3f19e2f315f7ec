import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { schemaSteps } from '../../../migrations/index.ts'
import { describeEachDatabase, freshLocation, openForTest } from '../../../test/support/database.ts'
import { dropPostgres } from '../../../test/support/postgres.ts'
import {
  countSamples,
  failingTask,
  sampleRow,
  sampleTopic,
  saveSamples,
} from '../../../test/support/sample-groups.ts'
import { saveSamplesSlowly } from '../../../test/support/slow-sample-group.ts'
import { anyOf } from './any-of.ts'

describeEachDatabase('database', (store) => {
  const count = (prefix: string): Promise<number> => store.db.run(countSamples, { prefix })
  const keysOf = (prefix: string): string[] =>
    store.published.flatMap(({ topic, body }) => {
      const { key } = body as { key: string }
      return topic === sampleTopic && key.startsWith(prefix) ? [key] : []
    })
  const save = (key: string, fault?: 'bug' | 'domain' | 'taken-key'): Promise<string> =>
    store.db.enqueue(saveSamples, fault ? { key, fault } : { key }, 10)

  describe('write', () => {
    it('keeps what it wrote and runs its effects after the commit, in order', async () => {
      const key = randomUUID()
      const seen: string[] = []
      const value = await store.db.write(async (tx) => {
        tx.publish({ topic: sampleTopic, body: { key } })
        tx.afterCommit(() => seen.push('first'))
        tx.afterCommit(() => seen.push('second'))
        await tx.insertMany('settings', [sampleRow(key)])
        expect(seen).toEqual([])
        expect(keysOf(key)).toEqual([])
        return 'done'
      })
      expect(value).toBe('done')
      expect(seen).toEqual(['first', 'second'])
      expect(keysOf(key)).toEqual([key])
      expect(await count(key)).toBe(1)
    })

    it('leaves nothing and tells nothing when the change throws, and goes on working', async () => {
      const key = randomUUID()
      const seen: string[] = []
      const failing = store.db.write(async (tx) => {
        tx.publish({ topic: sampleTopic, body: { key } })
        tx.afterCommit(() => seen.push('effect'))
        await tx.insertMany('settings', [sampleRow(key)])
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect([seen, keysOf(key), await count(key)]).toEqual([[], [], 0])
      await store.db.write((tx) => tx.insertMany('settings', [sampleRow(key)]))
      expect(await count(key)).toBe(1)
    })

    it('stays committed when an effect throws, and still runs the others', async () => {
      const key = randomUUID()
      const seen: string[] = []
      await store.db.write(async (tx) => {
        tx.afterCommit(() => {
          throw new Error('effect')
        })
        tx.afterCommit(() => seen.push('ran'))
        await tx.insertMany('settings', [sampleRow(key)])
      })
      expect(seen).toEqual(['ran'])
      expect(await count(key)).toBe(1)
      expect(store.logged).toContain('an effect after a commit failed')
    })
  })

  describe('groups and tasks', () => {
    it('answers each input in order and tells its events', async () => {
      const prefix = randomUUID()
      const keys = Array.from({ length: 20 }, (_, index) => `${prefix}-${index}`)
      const replies = await Promise.all(keys.map((key) => save(key)))
      expect(replies.map((reply) => reply.split(' ')[0])).toEqual(keys)
      expect(replies.some((reply) => !reply.endsWith(' of 1'))).toBe(true)
      expect(keysOf(prefix).toSorted()).toEqual(keys.toSorted())
      expect(await count(prefix)).toBe(20)
    })

    it.each(['bug', 'domain', 'taken-key'] as const)(
      'lets one bad input (%s) of a group fail alone',
      async (fault) => {
        const prefix = randomUUID()
        const outcomes = await Promise.allSettled(
          Array.from({ length: 12 }, (_, index) =>
            save(`${prefix}-${index}`, index === 7 ? fault : undefined),
          ),
        )
        const failed = outcomes.flatMap(({ status }, index) =>
          status === 'rejected' ? [index] : [],
        )
        expect(failed).toEqual([7])
        expect(await count(prefix)).toBe(11)
        expect(keysOf(prefix)).toHaveLength(11)
        expect(keysOf(prefix)).not.toContain(`${prefix}-7`)
      },
    )

    it('never lets a group into the transaction of a write, even while its module loads', async () => {
      const prefix = randomUUID()
      const { db } = await openForTest(store.location)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => {
          const key = `${prefix}-${index}`
          if (index % 2 === 0) return db.enqueue(saveSamplesSlowly, { key }, 10)
          return db.write(async (tx) => {
            await tx.insertMany('settings', [sampleRow(key)])
            // Longer than the module takes to load.
            if (index === 1) await delay(100)
            throw new Error('rolled back')
          })
        }),
      )
      await db[Symbol.asyncDispose]()
      const reasons = outcomes.map((outcome) =>
        outcome.status === 'rejected' ? String(outcome.reason) : 'stored',
      )
      expect(reasons).toEqual(
        Array.from({ length: 30 }, (_, index) => (index % 2 ? 'Error: rolled back' : 'stored')),
      )
      expect(await count(prefix)).toBe(15)
    })

    it('carries a DomainError with all it says across threads', async () => {
      await expect(store.db.run(failingTask, null)).rejects.toMatchObject({
        name: 'DomainError',
        code: 'limit',
        message: 'Too much of it',
        details: { most: 3 },
        retryable: true,
      })
    })
  })

  describe('statements', () => {
    it('reads one snapshot, whatever is written meanwhile', async () => {
      const key = randomUUID()
      const [before, after] = await store.db.read(async (tx) => {
        const rows = () => tx.db.selectFrom('settings').selectAll().where('key', '=', key).execute()
        const first = await rows()
        await store.db.write((writing) => writing.insertMany('settings', [sampleRow(key)]))
        return [first, await rows()]
      })
      expect([before, after]).toEqual([[], []])
      expect(await count(key)).toBe(1)
    })

    it('inserts, skips and updates many rows, with any text in them', async () => {
      const keys = ['a', '"quoted"', 'back\\slash', 'ünï 🔑', ''].map((end) => randomUUID() + end)
      const value = '{"text":"\\u0000 \\ud800 \\" é 🔑"}'
      const stored = await store.db.write(async (tx) => {
        const rows = keys.map((key) => ({ ...sampleRow(key), value }))
        expect(await tx.insertMany('settings', rows.slice(1))).toBe(4)
        expect(await tx.insertMany('settings', rows, 'ignore')).toBe(1)
        expect(await tx.insertMany('settings', [])).toBe(0)
        const changes = keys.map((key, index) => ({
          key,
          updated_at: index + 0.1,
          updated_by: key,
        }))
        await tx.updateMany('settings', 'key', changes)
        await tx.updateMany('settings', 'key', [])
        const query = tx.db.selectFrom('settings').selectAll().orderBy('updated_at')
        return query.where(anyOf(tx.dialect, 'key', keys)).execute()
      })
      expect(stored).toEqual(
        keys.map((key, index) => ({
          ...sampleRow(key),
          value,
          updated_by: key,
          updated_at: index + 0.1,
        })),
      )
    })

    it('gives out numbers that grow and never come twice', async () => {
      const runs = await Promise.all(
        [3, 1, 0, 5].map((number) => store.db.write((tx) => tx.allocate('spans', number))),
      )
      expect(runs.map((numbers) => numbers.length)).toEqual([3, 1, 0, 5])
      expect(new Set(runs.flat()).size).toBe(9)
      for (const numbers of runs) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    })

    it('compares text byte by byte', async () => {
      const { rows } = await store.db.read((tx) =>
        sql<{ key: string }>`select key from (
          select 'a' as key union all select 'B' union all select 'é' union all select '_'
        ) as words order by key ${sql.raw(tx.dialect === 'postgres' ? 'collate "C"' : '')}`.execute(
          tx.db,
        ),
      )
      expect(rows.map(({ key }) => key)).toEqual(['B', '_', 'a', 'é'])
    })

    it('tells the bytes it takes', async () => {
      expect(await store.db.sizeBytes()).toBeGreaterThan(4096)
    })
  })

  describe('schema and faults', () => {
    const names = Object.keys(schemaSteps)
    const fresh = () => freshLocation(store.dialect, store.dir)

    it('applies each step once', async () => {
      expect(await store.db.migrate(schemaSteps)).toEqual([])
    })

    it('refuses a database made by a newer version', async () => {
      const { [names.at(-1) ?? '']: _newest, ...older } = schemaSteps
      await expect(store.db.migrate(older)).rejects.toMatchObject({ code: 'precondition' })
    })

    it('applies each step once when two open one empty database', async () => {
      const location = await fresh()
      const opened = await Promise.all([openForTest(location), openForTest(location)])
      const applied = await Promise.all(opened.map(({ db }) => db.migrate(schemaSteps)))
      expect(applied.flat()).toEqual(names)
      for (const { db } of opened) await db[Symbol.asyncDispose]()
      if (location.kind === 'postgres') await dropPostgres(location.url)
    })

    it('takes all steps or none', async () => {
      const location = await fresh()
      const { db } = await openForTest(location)
      const broken = {
        ...schemaSteps,
        '9999-broken': { up: () => Promise.reject(new Error('no')) },
      }
      await expect(db.migrate(broken)).rejects.toThrow('no')
      expect(await db.migrate(schemaSteps)).toEqual(names)
      await db[Symbol.asyncDispose]()
      if (location.kind === 'postgres') await dropPostgres(location.url)
    })

    it('has nothing of a transaction whose process was killed', async () => {
      const key = randomUUID()
      const program = fileURLToPath(
        new URL(
          './die-in-transaction.ts',
          import.meta.resolve('../../../test/support/database.ts'),
        ),
      )
      const child = spawn(process.execPath, [program, JSON.stringify(store.location), key])
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')
      const rows = await store.db.read((tx) =>
        tx.db.selectFrom('settings').select('key').where('key', 'like', `${key}%`).execute(),
      )
      expect(rows).toEqual([{ key: `${key}-committed` }])
    })
  })
})
