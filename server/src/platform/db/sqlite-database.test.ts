import { randomUUID } from 'node:crypto'
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaSteps } from '../../../migrations/index.ts'
import { freshLocation, openForTest } from '../../../test/support/database.ts'
import {
  countSamples,
  endThread,
  sampleRow,
  saveSamples,
} from '../../../test/support/sample-groups.ts'
import type { Database, WriteTx } from './database.ts'
import { openDatabase } from './open-database.ts'

describe('SQLite database [sqlite]', () => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pharos-sqlite-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const openFresh = async (options: Parameters<typeof openForTest>[1] = {}) => {
    const location = await freshLocation('sqlite', dir)
    const opened = await openForTest(location, options)
    await opened.db.migrate(schemaSteps)
    return { ...opened, path: 'path' in location ? location.path : '' }
  }
  const big = (key = randomUUID()) => ({ ...sampleRow(key), value: 'x'.repeat(20_000) })
  const insertBig = (tx: WriteTx) => tx.insertMany('settings', [big(), big()])
  const pragma = (db: Database, name: string): Promise<number> =>
    db.read(async (tx) => {
      const { rows } = await sql<Record<string, number>>`pragma ${sql.raw(name)}`.execute(tx.db)
      return rows[0]?.[name] ?? -1
    })
  const limitPages = (db: Database, pages: number) =>
    db.write((tx) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(tx.db))

  it('says that the disk is full, keeps what it has, and takes more when there is room', async () => {
    const { db } = await openFresh()
    await db.write((tx) => tx.insertMany('settings', [sampleRow('before')]))
    await limitPages(db, (await pragma(db, 'page_count')) + 1)
    const full = { code: 'unavailable', message: 'The disk is full', retryable: true }
    await expect(db.write(insertBig)).rejects.toMatchObject(full)
    const key = 'y'.repeat(60_000)
    await expect(db.enqueue(saveSamples, { key }, 10)).rejects.toMatchObject(full)
    expect(await db.run(countSamples, { prefix: '' })).toBe(1)

    await limitPages(db, 1_000_000)
    await db.write(insertBig)
    await db.enqueue(saveSamples, { key }, 10)
    expect(await db.run(countSamples, { prefix: '' })).toBe(4)
    await db[Symbol.asyncDispose]()
  })

  it('reads while one reader is held up, however many ask', async () => {
    const { db } = await openFresh({ readerCount: 2 })
    const gate = Promise.withResolvers<void>()
    const long = db.read(() => gate.promise)
    const asked = Array.from({ length: 5 }, () => db.run(countSamples, { prefix: '' }))
    expect(await Promise.all(asked)).toEqual([0, 0, 0, 0, 0])
    gate.resolve()
    await long
    await db[Symbol.asyncDispose]()
  })

  it('says that another program holds the lock, and writes once it lets go', async () => {
    const { db, path } = await openFresh()
    await db.write((tx) => sql`pragma busy_timeout = 20`.execute(tx.db))
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const locked = { code: 'unavailable', message: 'The database is locked by another program' }
    await expect(db.write(insertBig)).rejects.toMatchObject(locked)
    await expect(db.enqueue(saveSamples, { key: 'k' }, 10)).rejects.toMatchObject(locked)
    other.exec('rollback')
    await db.write(insertBig)
    expect(await db.enqueue(saveSamples, { key: 'k' }, 10)).toBe('k of 1')
    other.close()
    await db[Symbol.asyncDispose]()
  })

  it('says at once that a file cannot be written, and harms nothing in it', async () => {
    const { db, path } = await openFresh()
    await db.write((tx) => tx.insertMany('settings', [sampleRow('kept')]))
    // A file system that refuses; file modes would not stop a test that runs as root.
    const opening = openForTest({ kind: 'sqlite', path: `file:${path}?mode=ro` })
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The database cannot be written: the file or its folder is read-only',
    })
    expect(await db.run(countSamples, { prefix: 'kept' })).toBe(1)
    await db[Symbol.asyncDispose]()
  })

  it('says at once when there is no folder, or a file that is no database', async () => {
    const path = join(dir, 'text.db')
    await writeFile(path, 'this is a letter to a friend, not a database. '.repeat(50))
    const outcomes = [
      [join(dir, 'missing', 'pharos.db'), 'The database file cannot be opened'],
      [path, 'The file is not a database'],
    ] as const
    for (const [given, message] of outcomes) {
      const opening = openForTest({ kind: 'sqlite', path: given })
      await expect(opening).rejects.toMatchObject({ code: 'unavailable', message })
    }
    await expect(access(join(dir, 'missing'))).rejects.toThrow('ENOENT')
  })

  it('rejects every waiting call when a thread dies, and says so once', async () => {
    const { db, deaths } = await openFresh({ readerCount: 1 })
    const waiting = await Promise.allSettled([
      db.run(endThread, null),
      db.run(countSamples, { prefix: '' }),
      db.read((tx) => tx.db.selectFrom('settings').selectAll().execute()),
    ])
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(deaths.map(String)).toEqual(['Error: Thread db-reader-1 ended with code 3'])
    await expect(db.run(countSamples, { prefix: '' })).rejects.toThrow('ended with code 3')
    await db[Symbol.asyncDispose]()
    expect(deaths).toHaveLength(1)
  })

  it('answers a stored write although a listener throws', async () => {
    const logged: string[] = []
    const note = (_details: object, message: string): void => void logged.push(message)
    const { db } = await openFresh({
      publish: () => {
        throw new Error('listener')
      },
      logger: { warn: note, error: note },
    })
    expect(await db.enqueue(saveSamples, { key: 'told' }, 10)).toBe('told of 1')
    await db.write(async (tx) => {
      tx.publish({ topic: 'any', body: null })
      await insertBig(tx)
    })
    expect(logged).toEqual(['an event could not be told', 'an event could not be told'])
    expect(await db.run(countSamples, { prefix: '' })).toBe(3)
    await db[Symbol.asyncDispose]()
  })

  it('gives freed pages back to the file system', async () => {
    const { db } = await openFresh()
    const rows = Array.from({ length: 200 }, () => big())
    await db.write((tx) => tx.insertMany('settings', rows))
    const before = await pragma(db, 'page_count')
    await db.write((tx) => tx.db.deleteFrom('settings').execute())
    await db.compact()
    expect(await pragma(db, 'page_count')).toBeLessThan(before - 400)
    await db[Symbol.asyncDispose]()
  })

  it('is durable, and leaves one file behind when it is closed', async () => {
    const { db, path } = await openFresh()
    const settings = await db.write(async (tx) => {
      const { rows } = await sql<object>`select journal_mode, synchronous, foreign_keys
        from pragma_journal_mode, pragma_synchronous, pragma_foreign_keys`.execute(tx.db)
      return rows
    })
    expect(settings).toEqual([{ journal_mode: 'wal', synchronous: 2, foreign_keys: 1 }])
    await db.write(insertBig)
    await db[Symbol.asyncDispose]()
    expect(await readdir(dirname(path))).toEqual(['pharos.db'])
  })

  it('reports a slow statement by its text, never its parameters', async () => {
    const notices: object[] = []
    const note = (details: object): void => void notices.push(details)
    const location = await freshLocation('sqlite', dir)
    const db = await openDatabase(location, {
      logger: { warn: note, error: note },
      publish: () => undefined,
      onDeath: () => undefined,
      slowQueryMs: 0,
    })
    await db.read((tx) => sql`select ${'private'} as word`.execute(tx.db))
    await db[Symbol.asyncDispose]()
    expect(JSON.stringify(notices)).toContain('select ? as word')
    expect(JSON.stringify(notices)).not.toContain('private')
  })

  it('refuses to store what SQLite would quietly turn into nothing', async () => {
    const { db } = await openFresh()
    for (const value of [Number.NaN, new Date() as unknown as number]) {
      const row = { ...sampleRow(randomUUID()), updated_at: value }
      await expect(db.write((tx) => tx.insertMany('settings', [row]))).rejects.toThrow('stored')
    }
    expect(await db.run(countSamples, { prefix: '' })).toBe(0)
    await db[Symbol.asyncDispose]()
  })
})
