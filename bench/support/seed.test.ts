import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { SampleText } from './sample-text.ts'
import { createDatabaseFile, seedDatabase } from './seed.ts'
import { countStoredSpans, databaseFile } from './stored.ts'
import { writeStraight } from './straight.ts'
import { temporaryFolder } from './temporary-folder.ts'

function schemaOf(path: string): unknown[] {
  using database = new DatabaseSync(path, { readOnly: true })
  return database.prepare('select type, name, sql from sqlite_master order by type, name').all()
}

function summary(path: string): unknown {
  using database = new DatabaseSync(path, { readOnly: true })
  return database
    .prepare(
      `select count(*) as traces, sum(span_count) as spans, sum(payload_size) as size,
        (select count(*) from spans join span_payloads using (seq)) as rows,
        (select sum(length(attributes)) from span_payloads) as characters from traces`,
    )
    .get()
}

it('seeds the same tables and indexes that the server makes, with true totals', async () => {
  await using folder = await temporaryFolder()
  const empty = join(folder.path, 'empty.db')
  await createDatabaseFile(empty)
  const shape = { traces: 30, spansPerTrace: 20, attributesBytes: 600 }
  await seedDatabase(databaseFile(folder.path), shape, SampleText.load(1))
  expect(schemaOf(databaseFile(folder.path))).toEqual(schemaOf(empty))
  const totals = { traces: 30, spans: 600, size: 360_000, rows: 600, characters: 360_000 }
  expect(summary(databaseFile(folder.path))).toEqual(totals)
  expect(await countStoredSpans({ kind: 'sqlite', dataDir: folder.path })).toBe(600)

  const group = { rowsPerTransaction: 70, maxRows: 1_000 }
  const straight = await writeStraight(folder.path, folder.path, group)
  expect(straight.rows).toBe(600)
  expect(summary(join(folder.path, 'straight.db'))).toEqual(totals)
})
