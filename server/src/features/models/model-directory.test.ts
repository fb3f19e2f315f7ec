import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeEachDatabase, openForTest } from '../../../test/support/database.ts'
import { standingClock } from '../../../test/support/context.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { schemaSteps } from '../../../migrations/index.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import type { Database, Task } from '../../platform/db/database.ts'
import type { StoredModels } from './alias-store.ts'
import { ModelDirectory } from './model-directory.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { copyAlias } from './copy-alias.ts'
import { createAlias, updateAlias } from './save-alias.ts'
import { createFileAlias, updateFileAlias } from './save-file-alias.ts'
import { deleteAlias } from './delete-alias.ts'
import { createConnection } from './save-connection.ts'
import { saveProviderKey } from './save-provider-key.ts'

const target = { model: 'openai/gpt-4o', isEnabled: true }
const input = { targets: [target], requestParams: {}, options: { strategy: 'fallback' } } as const

describeEachDatabase('The directory of models', (store) => {
  let stand: ModelStand
  const clock = standingClock()
  const onError = () => undefined

  beforeEach(() => {
    stand = openModelStand(store)
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
    })
  })

  /** The suite's database with its readings counted, and held back as long as a test likes. */
  function counted() {
    let readings = 0
    let hold: Promise<unknown> = Promise.resolve()
    const db: Database = Object.create(store.db, {
      run: {
        value: async (task: Task<null, StoredModels>, given: null) => {
          readings += 1
          const found = await store.db.run(task, given)
          await hold
          return found
        },
      },
    })
    return {
      directory: new ModelDirectory({ db, clock, onError }),
      readings: () => readings,
      holdUntil: (moment: Promise<unknown>) => {
        hold = moment
      },
    }
  }

  it('reads once for all who ask at once, and not again', async () => {
    const { directory, readings } = counted()
    const [first, second] = await Promise.all([directory.snapshot(), directory.snapshot()])
    expect(second).toBe(first)
    expect(await directory.snapshot()).toBe(first)
    expect(readings()).toBe(1)
    clock.now += 61
    expect(await directory.snapshot()).not.toBe(first)
    expect(readings()).toBe(2)
  })

  it('hears every write of an alias, a connection or a key', async () => {
    const { directory } = counted()
    const { ctx } = stand
    const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
    await addToCache(stand.hubDir, place)
    const nothing = { requestParams: {}, contextParams: {}, options: {} }
    const file = { alias: 'file', ...place, ...nothing }
    const writes = [
      () => createFileAlias(ctx, file),
      () => updateFileAlias(ctx, file),
      () => copyAlias(ctx, 'file', 'twin'),
      () => createAlias(ctx, 'best', input),
      () => updateAlias(ctx, 'best', input),
      () => deleteAlias(ctx, 'best'),
      () => createConnection(ctx, 'lab', { kind: 'ollama' }, { skipsTest: true }),
      () => saveProviderKey(ctx, 'openai', 'sk-another'),
    ]
    for (const write of writes) {
      const before = await directory.snapshot()
      const told = store.published.length
      await write()
      for (const event of store.published.slice(told)) directory.hear(event)
      expect(await directory.snapshot()).not.toBe(before)
    }
    const { connections } = await directory.snapshot()
    expect([...connections.keys()]).toEqual(['lab', 'openai'])
    expect(JSON.stringify([...connections.values()])).not.toContain('sk-another')
  })

  it('is left alone by what else is told', async () => {
    const { directory, readings } = counted()
    await directory.snapshot()
    directory.hear({ topic: 'spans', body: {} })
    await directory.snapshot()
    expect(readings()).toBe(1)
  })

  it('keeps nothing that was read before a change was heard', async () => {
    const { directory, holdUntil } = counted()
    const { promise, resolve } = Promise.withResolvers<void>()
    holdUntil(promise)
    const early = directory.snapshot()
    await createAlias(stand.ctx, 'best', input)
    directory.hear({ topic: 'models', body: {} })
    const late = directory.snapshot()
    resolve()
    const { aliases } = await late
    expect([...aliases.keys()]).toEqual(['best'])
    await early
    expect((await directory.snapshot()).aliases.has('best')).toBe(true)
  })

  it('asks again after a reading that failed', async () => {
    const broken: Database = Object.create(store.db, {
      run: { value: vi.fn(store.db.run.bind(store.db)).mockRejectedValueOnce(new Error('away')) },
    })
    const directory = new ModelDirectory({ db: broken, clock, onError })
    await expect(directory.snapshot()).rejects.toThrow('away')
    expect((await directory.snapshot()).aliases.size).toBe(0)
  })

  it('learns of changes by whichever process wrote them', async () => {
    const heard: ModelDirectory[] = []
    const publish = (event: BusEvent) => {
      for (const each of heard) each.hear(event)
    }
    const other = await openForTest(store.location, { publish })
    try {
      await other.db.migrate(schemaSteps)
      const directory = new ModelDirectory({ db: other.db, clock, onError })
      heard.push(directory)
      expect((await directory.snapshot()).aliases.has('shared')).toBe(false)
      // One SQLite file has one process, so there the other itself writes.
      const db = store.dialect === 'postgres' ? store.db : other.db
      await createAlias({ ...stand.ctx, db }, 'shared', input)
      await vi.waitFor(
        async () => expect((await directory.snapshot()).aliases.has('shared')).toBe(true),
        5_000,
      )
    } finally {
      await other.db[Symbol.asyncDispose]()
    }
  })
})
