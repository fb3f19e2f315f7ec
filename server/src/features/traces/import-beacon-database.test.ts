import { randomUUID } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import {
  addBeaconRows,
  beaconSpan,
  beaconTrace,
  openBeaconDatabase,
  writeBeaconDatabase,
} from '../../../test/support/beacon-file.ts'
import { beaconImports } from '../../../test/support/beacon-import.ts'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import type { BeaconDatabaseOptions } from './import-beacon-database.ts'
import { promptVersionsOf } from './span-store.ts'
import { findTraces } from './trace-store.ts'

/** The bytes of all files beside a database, its own included, by name. */
function folderOf(path: string): Map<string, string> {
  const dir = join(path, '..')
  return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'base64')]))
}

describeEachDatabase('importing a Beacon database', (store) => {
  const imports = beaconImports(store)

  it('is done once: what comes into the file or leaves the store later stays so', async () => {
    const [first, second] = [randomUUID(), randomUUID()]
    const file = openBeaconDatabase(imports.path, 'newest', { traces: [beaconTrace(first)] })
    expect(await imports.run()).toMatchObject({ outcome: 'imported', traces: 1 })
    addBeaconRows(file, { traces: [beaconTrace(second)] })
    file.close()
    expect(await imports.run()).toEqual({ outcome: 'done-before' })
    expect(await imports.traceOf(second)).toBeUndefined()
  })

  it('goes on where it was stopped, with every span exactly once', async () => {
    const traces = Array.from({ length: 250 }, () => randomUUID())
    writeBeaconDatabase(imports.path, 'newest', {
      traces: traces.map((id) => beaconTrace(id)),
      spans: traces.flatMap((id) => [beaconSpan(`${id}-1`, id), beaconSpan(`${id}-2`, id)]),
    })
    const stop = new AbortController()
    let calls = 0
    const stopping: BeaconDatabaseOptions['workroom'] = {
      run: (job, input) => {
        // Facts, the first page, the second page.
        calls += 1
        if (calls === 3) stop.abort()
        return imports.workroom.run(job, input)
      },
    }
    expect(await imports.run({ workroom: stopping, signal: stop.signal })).toEqual({
      outcome: 'stopped',
    })
    expect(await imports.remembered()).toBeUndefined()
    const stored = await store.db.read((tx) => findTraces(tx, traces, 'all'))
    expect(stored.length).toBeGreaterThan(0)
    expect(stored.length).toBeLessThan(250)
    expect(await imports.run()).toMatchObject({
      outcome: 'imported',
      traces: 250 - stored.length,
      knownTraces: stored.length,
    })
    for (const id of traces) expect(await imports.spanIdsOf(id)).toEqual([`${id}-1`, `${id}-2`])
  })

  it('stores a trace larger than a page whole or not at all', async () => {
    const [small, large] = [randomUUID(), randomUUID()]
    const ids = Array.from({ length: 1_300 }, (_, index) => `${large}-${index}`)
    const attributes = '{"llm.cost_usd": 0.25, "llm.tokens.total": 2}'
    writeBeaconDatabase(imports.path, 'newest', {
      traces: [beaconTrace(small), beaconTrace(large, { name: 'large' })],
      spans: [
        beaconSpan(`${small}-1`, small),
        ...ids.map((id, index) =>
          beaconSpan(id, large, { span_type: 'llm_call', attributes, end_time: index }),
        ),
      ],
      prompt_versions: [0, 700, 1_299].map((index) => ({
        version_id: `${large}-${index}`,
        span_id: `${large}-${index}`,
        prompt_text: String(index),
        created_at: 1,
      })),
    })
    const stop = new AbortController()
    const stopping: BeaconDatabaseOptions['workroom'] = {
      run: (job, input) => {
        if (job.name === 'readBeaconSpans') stop.abort()
        return imports.workroom.run(job, input)
      },
    }
    expect(await imports.run({ workroom: stopping, signal: stop.signal })).toEqual({
      outcome: 'stopped',
    })
    expect(await imports.traceOf(small)).toMatchObject({ spanCount: 1 })
    expect(await imports.traceOf(large)).toBeUndefined()

    const told: number[] = []
    const result = await imports.run({ onProgress: ({ spans }) => told.push(spans) })
    expect(result).toMatchObject({ outcome: 'imported', traces: 1, spans: 1_300, knownTraces: 1 })
    expect(await imports.traceOf(large)).toMatchObject({
      name: 'large',
      spanCount: 1_300,
      totalCostUsd: 325,
      totalTokens: 2_600,
      endTime: 1_299,
    })
    expect(await imports.spanIdsOf(large)).toEqual(ids)
    for (const index of [0, 700, 1_299]) {
      const prompts = await store.db.read((tx) => promptVersionsOf(tx, `${large}-${index}`))
      expect(prompts.map(({ promptText }) => promptText)).toEqual([String(index)])
    }
  })

  it('works the log of a program that was killed into a copy, never into the file', async () => {
    const [journaled, logged, undone] = [randomUUID(), randomUUID(), randomUUID()]
    const rolledBack = join(await mkdtemp(join(store.dir, 'hot-')), 'traces.db')
    const file = openBeaconDatabase(imports.path, 'newest', { traces: [beaconTrace(journaled)] })
    file.exec('pragma cache_size = 1; begin immediate')
    for (let index = 0; index < 200; index += 1) {
      const trace = { trace_id: `${undone}-${index}`, name: 'x'.repeat(1_000) }
      file
        .prepare('insert into traces values (?, ?, 1, 2, 0, ?, ?, 0, 0, null, 1)')
        .run(trace.trace_id, trace.name, 'ok', '{}')
    }
    for (const suffix of ['', '-journal']) copyFileSync(imports.path + suffix, rolledBack + suffix)
    file.exec('rollback')
    const beforeRollback = folderOf(rolledBack)
    expect(beforeRollback.get('traces.db-journal')).not.toBe('')
    expect(await imports.run({ path: rolledBack })).toMatchObject({
      outcome: 'imported',
      traces: 1,
    })
    expect(folderOf(rolledBack)).toEqual(beforeRollback)
    expect(await imports.traceOf(journaled)).toBeDefined()

    await imports.forget()
    file.exec('pragma journal_mode = wal')
    addBeaconRows(file, { traces: [beaconTrace(logged)] })
    const inLog = join(await mkdtemp(join(store.dir, 'wal-')), 'traces.db')
    for (const suffix of ['', '-wal']) copyFileSync(imports.path + suffix, inLog + suffix)
    file.close()
    const beforeLog = folderOf(inLog)
    expect(await imports.run({ path: inLog })).toMatchObject({ outcome: 'imported', traces: 1 })
    expect(folderOf(inLog)).toEqual(beforeLog)
    expect(await imports.traceOf(logged)).toBeDefined()
    expect(readdirSync(imports.scratchDir)).toEqual([])
  })

  it('leaves nothing beside a file in WAL mode that was closed well', async () => {
    const trace = randomUUID()
    const file = openBeaconDatabase(imports.path, 'newest', { traces: [beaconTrace(trace)] })
    file.exec('pragma journal_mode = wal')
    file.close()
    expect(await imports.run()).toMatchObject({ outcome: 'imported', traces: 1 })
    expect(readdirSync(join(imports.path, '..'))).toEqual([basename(imports.path)])
  })

  it('says what is wrong with a file that is none, and looks again the next time', async () => {
    expect(await imports.run()).toEqual({ outcome: 'no-file' })
    writeFileSync(imports.path, '')
    expect(await imports.run()).toEqual({ outcome: 'no-file' })
    writeFileSync(imports.path, 'some notes of mine')
    expect(await imports.run()).toEqual({
      outcome: 'unusable-file',
      reason: 'it is no SQLite database',
    })
    expect(await imports.run({ path: join(imports.path, '..') })).toMatchObject({
      outcome: 'unusable-file',
    })

    const foreign = join(await mkdtemp(join(store.dir, 'foreign-')), 'traces.db')
    const file = openBeaconDatabase(foreign, 'oldest', {})
    file.exec('drop table spans')
    file.close()
    const reason = 'it has no table "spans" as Beacon makes it'
    expect(await imports.run({ path: foreign })).toEqual({ outcome: 'unusable-file', reason })
    expect(await imports.remembered()).toBeUndefined()
  })

  it('keeps what it read before the damage and goes on when the file is whole', async () => {
    const traces = Array.from({ length: 400 }, () => randomUUID())
    writeBeaconDatabase(imports.path, 'newest', {
      traces: traces.map((id) => beaconTrace(id, { name: 'x'.repeat(400) })),
    })
    const whole = readFileSync(imports.path)
    writeFileSync(
      imports.path,
      Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(9_000, 7)]),
    )
    expect(await imports.run()).toMatchObject({
      outcome: 'unusable-file',
      reason: expect.any(String),
    })
    expect(await imports.remembered()).toBeUndefined()
    writeFileSync(imports.path, whole)
    expect(await imports.run()).toMatchObject({ outcome: 'imported' })
    expect(await store.db.read((tx) => findTraces(tx, traces, 'all'))).toHaveLength(400)
  })

  it('refuses a caller who may not write traces or settings', async () => {
    for (const caller of [callerWith('traces:write'), callerWith('settings:manage')]) {
      await expect(imports.run({}, caller)).rejects.toMatchObject({ code: 'forbidden' })
    }
  })
})
