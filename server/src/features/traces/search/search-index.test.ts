import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { schemaSteps } from '../../../../migrations/index.ts'
import { openForTest } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import type { Database } from '../../../platform/db/database.ts'
import { randomIds } from '../../../platform/ids.ts'
import { localCaller } from '../../identity/index.ts'
import { deleteTraces } from '../delete-traces.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { newSpan } from '../span.ts'
import { IndexFile } from './index-file.ts'
import { nextSegment } from './index-store.ts'
import { SearchIndex } from './search-index.ts'
import { searchSpans } from './search-spans.ts'

/** Of this size a hundred spans fill a segment, each a block of its own. */
const filler = 'lorem ipsum dolor sit amet '.repeat(800)
const spansPerSegment = 100

let folder: string
let opened: AsyncDisposable[]

const logger = { warn: () => undefined, error: () => undefined }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-search-'))
  opened = []
})

afterEach(async () => {
  for (const thing of opened.reverse()) await thing[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function openStore(name = 'main'): Promise<Database> {
  const { db } = await openForTest({ kind: 'sqlite', path: join(folder, `${name}.db`) })
  opened.push(db)
  await db.migrate(schemaSteps)
  return db
}

const indexPath = () => join(folder, 'search.db')

function openIndex(db: Database): SearchIndex {
  const index = new SearchIndex({ path: indexPath(), db, logger })
  opened.push(index)
  return index
}

const powersOf = (db: Database) => ({
  db,
  clock: { nowSeconds: () => 1000, elapsedMs: () => 0 },
  ids: randomIds,
  caller: localCaller(),
})

async function ingest(db: Database, numbers: readonly number[], word = 'word'): Promise<void> {
  const spans = numbers.map((number) =>
    newSpan({
      spanId: `span-${number}`,
      traceId: `trace-${number}`,
      parentSpanId: null,
      spanType: 'llm_call',
      name: `name${number}end`,
      status: 'ok',
      errorMessage: null,
      startTime: number,
      endTime: null,
      sdkLanguage: null,
      attributes: { said: `${filler} ${word}${number}end` },
    }),
  )
  await ingestSpans(powersOf(db), spans, 1_000)
}

const numbersTo = (end: number, first = 1): number[] =>
  Array.from({ length: end - first + 1 }, (_, index) => first + index)

async function find(db: Database, q: string, searchIndex: SearchIndex): Promise<string[]> {
  const found = await searchSpans({ ...powersOf(db), searchIndex }, { q, limit: 50, offset: 0 })
  expect(found.total).toBe(found.results.length)
  return found.results.map(({ spanId }) => spanId)
}

/** How many spans a search for the text would look at by the index's word. */
async function candidatesOf(index: SearchIndex, form: string): Promise<number> {
  const { stretches } = await index.find([form])
  return stretches.reduce((sum, bound, at) => sum + (at % 2 ? bound + 1 : -bound), 0)
}

it('looks at few indexed spans and at all others, and misses none', async () => {
  const db = await openStore()
  const index = openIndex(db)
  await ingest(db, numbersTo(2.5 * spansPerSegment))
  expect(await find(db, 'word7end', index)).toEqual(['span-7'])
  await index.catchUp()
  const unindexed = await index.unindexed()
  expect(unindexed).toBeGreaterThan(0)
  expect(unindexed).toBeLessThan(spansPerSegment)
  expect(await candidatesOf(index, 'word7end')).toBeLessThan(10)
  for (const number of [1, 7, 99, 100, 101, 200, 249, 250]) {
    expect(await find(db, `WORD${number}end`, index)).toEqual([`span-${number}`])
    expect(await find(db, `name${number}end`, index)).toEqual([`span-${number}`])
  }
  expect(await find(db, 'd7e', index)).toEqual(['span-7'])
  expect(await find(db, 'word7 end', index)).toEqual([])
})

it('keeps up by itself', async () => {
  const db = await openStore()
  const index = openIndex(db)
  index.start()
  await ingest(db, numbersTo(2 * spansPerSegment))
  await expect.poll(() => index.unindexed(), { timeout: 20_000 }).toBeLessThan(spansPerSegment)
  expect(await find(db, 'word7end', index)).toEqual(['span-7'])
})

it('finds what a span says now, indexed or not, and forgets the note of the change', async () => {
  const db = await openStore()
  const index = openIndex(db)
  await ingest(db, numbersTo(1.5 * spansPerSegment))
  await index.catchUp()
  await ingest(db, [3, 5], 'changed')
  expect(await find(db, 'changed5end', index)).toEqual(['span-5'])
  expect(await find(db, 'word5end', index)).toEqual([])
  await ingest(db, numbersTo(3 * spansPerSegment, 1.5 * spansPerSegment + 1))
  await index.catchUp()
  expect(await db.read((tx) => tx.db.selectFrom('search_changes').selectAll().execute())).toEqual(
    [],
  )
  expect(await candidatesOf(index, 'changed5end')).toBeGreaterThan(0)
  expect(await find(db, 'changed5end', index)).toEqual(['span-5'])
  expect(await find(db, 'changed3end', index)).toEqual(['span-3'])
})

it('finds derived attributes, and those that other rules derive later', async () => {
  const db = await openStore()
  const index = openIndex(db)
  await ingest(db, numbersTo(spansPerSegment, 2))
  const attributes = { said: filler }
  const mapped = { version: 1, attributes: { 'llm.model': 'derivedOnce' } }
  await ingestSpans(powersOf(db), [sampleSpan({ spanId: 'span-1', attributes, mapped })], 100)
  await ingest(db, numbersTo(2 * spansPerSegment, spansPerSegment + 1))
  await index.catchUp()
  expect(await candidatesOf(index, 'derivedOnce')).toBeGreaterThan(0)
  expect(await find(db, '"llm.model":"derivedonce', index)).toEqual(['span-1'])
  const { seq } = await getSpan(powersOf(db), 'span-1')
  await db.write((tx) =>
    tx.updateMany('span_payloads', 'seq', [{ seq, mapped: '{"llm.model":"derivedAgain"}' }]),
  )
  expect(await find(db, 'derivedAgain', index)).toEqual(['span-1'])
  expect(await find(db, 'derivedOnce', index)).toEqual([])
})

it('takes a change in again after it was stopped before it could forget it', async () => {
  const db = await openStore()
  await ingest(db, numbersTo(spansPerSegment))
  const file = await IndexFile.open(indexPath())
  const start = await file.progress()
  await file.add((await db.run(nextSegment, start))!, start)
  await ingest(db, numbersTo(spansPerSegment), 'changed')
  const second = await file.progress()
  await file.add((await db.run(nextSegment, second))!, second)
  await expect(file.add((await db.run(nextSegment, start))!, start)).rejects.toThrow('not follow')
  file[Symbol.dispose]()
  await ingest(db, [5], 'again')
  const index = openIndex(db)
  await index.catchUp()
  expect(await find(db, 'changed7end', index)).toEqual(['span-7'])
  expect(await find(db, 'again5end', index)).toEqual(['span-5'])
  expect(await find(db, 'changed5end', index)).toEqual([])
})

it('finds no deleted span and drops the segments that end before the first span', async () => {
  const db = await openStore()
  const index = openIndex(db)
  await ingest(db, numbersTo(2 * spansPerSegment))
  await index.catchUp()
  await deleteTraces(powersOf(db), {
    traceIds: numbersTo(1.5 * spansPerSegment).map((number) => `trace-${number}`),
  })
  expect(await find(db, 'word7end', index)).toEqual([])
  expect(await find(db, 'word180end', index)).toEqual(['span-180'])
  await ingest(db, numbersTo(4 * spansPerSegment, 2 * spansPerSegment + 1))
  await index.catchUp()
  expect(await candidatesOf(index, 'word7end')).toBe(0)
  expect(await find(db, 'word180end', index)).toEqual(['span-180'])
  expect(await find(db, 'word280end', index)).toEqual(['span-280'])
})

it.each([
  ['is missing', async () => rm(indexPath(), { force: true })],
  ['is damaged', async () => writeFile(indexPath(), 'x'.repeat(100_000))],
  ['is of no use', async () => writeFile(indexPath(), '')],
])('is made anew when its file %s', async (_, spoil) => {
  const db = await openStore()
  const first = openIndex(db)
  await ingest(db, numbersTo(2 * spansPerSegment))
  await first.catchUp()
  const { size } = await stat(indexPath())
  opened.pop()
  await first[Symbol.asyncDispose]()
  await rm(`${indexPath()}-wal`, { force: true })
  await spoil()
  const second = openIndex(db)
  expect(await find(db, 'word7end', second)).toEqual(['span-7'])
  await second.catchUp()
  expect((await stat(indexPath())).size).toBeGreaterThan(size / 2)
  expect(await candidatesOf(second, 'word7end')).toBeLessThan(10)
  expect(await find(db, 'word7end', second)).toEqual(['span-7'])
})

it('is made anew for a database that is not the one it was made from', async () => {
  const one = await openStore('one')
  await ingest(one, numbersTo(2 * spansPerSegment))
  await one.write(async (tx) => tx.db.deleteFrom('search_changes').execute())
  const first = openIndex(one)
  await first.catchUp()
  opened.pop()
  await first[Symbol.asyncDispose]()
  const other = await openStore('other')
  await ingest(other, numbersTo(5 * spansPerSegment, 2 * spansPerSegment))
  const second = openIndex(other)
  await second.catchUp()
  expect(await find(other, 'word220end', second)).toEqual(['span-220'])
  expect(await find(other, 'word7end', second)).toEqual([])
})

it('is made anew for a database that went back to an earlier state', async () => {
  const first = await openStore()
  await ingest(first, numbersTo(spansPerSegment))
  opened.pop()
  await first[Symbol.asyncDispose]()
  await copyFile(join(folder, 'main.db'), join(folder, 'backup.db'))
  const later = await openStore()
  await ingest(later, numbersTo(spansPerSegment), 'later')
  const index = openIndex(later)
  await index.catchUp()
  expect(await find(later, 'later7end', index)).toEqual(['span-7'])
  opened.pop()
  await index[Symbol.asyncDispose]()
  const restored = await openStore('backup')
  const again = openIndex(restored)
  await again.catchUp()
  expect(await find(restored, 'word7end', again)).toEqual(['span-7'])
})

it('leaves everything to the scan when its thread cannot work', async () => {
  const db = await openStore()
  await ingest(db, numbersTo(2 * spansPerSegment))
  const index = new SearchIndex({ path: join(folder, 'missing', 'search.db'), db, logger })
  opened.push(index)
  await expect(index.catchUp()).rejects.toThrow(/./)
  expect(await find(db, 'word7end', index)).toEqual(['span-7'])
  expect(await index.unindexed()).toBe(2 * spansPerSegment)
})
