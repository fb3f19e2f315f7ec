import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { schemaSteps } from '../../../migrations/index.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { freshLocation, openForTest } from '../../../test/support/database.ts'
import { dropPostgres } from '../../../test/support/postgres.ts'
import type { Database, Dialect } from '../../platform/db/database.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import { createApiKey } from './create-api-key.ts'
import { findCredential } from './find-credential.ts'
import { listApiKeys } from './list-api-keys.ts'

const firstSteps = Object.fromEntries(Object.entries(schemaSteps).filter(([name]) => name < '0008'))

describe.each<Dialect>(['sqlite', 'postgres'])(
  'keys from before they had numbers [%s]',
  (dialect) => {
    it('are numbered in the order of their making, open what they did, and new ones follow', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'pharos-old-'))
      const location = await freshLocation(dialect, dir)
      const { db } = await openForTest(location)
      await db.migrate(firstSteps)
      for (const [id, createdAt] of [
        ['c', 10],
        ['b', 20],
        ['a', 20],
      ] as const) {
        await addKey(db, id, createdAt)
      }
      await db.migrate(schemaSteps)
      const ctx = contextOf({ db }, standingClock())
      const input = { name: 'new', scopes: ['traces:read'] as const, expiresAt: null }
      await createApiKey(ctx, input)
      const keys = await listApiKeys(ctx)
      const numbers = keys.map(({ name, number }) => [name, number])
      expect(numbers).toEqual([
        ['c', 1],
        ['a', 2],
        ['b', 3],
        ['new', 4],
      ])
      expect(await findCredential(ctx, { keys: [secretOf('b')], cookies: [] })).toMatchObject({
        key: { id: 'b', number: 3 },
      })
      await db[Symbol.asyncDispose]()
      if (location.kind === 'postgres') await dropPostgres(location.url)
      await rm(dir, { recursive: true, force: true })
    })
  },
)

/** As keys have always looked. */
function secretOf(id: string): string {
  return `pharos_${hashToken(id)}`
}

async function addKey(db: Database, id: string, createdAt: number): Promise<void> {
  await db.write(async (tx) => {
    await sql`insert into api_keys
      (id, secret_hash, prefix, format, name, description, scopes, status, request_count,
        created_at, updated_at)
      values (${id}, ${hashToken(secretOf(id))}, 'pharos_1', 'pharos', ${id}, '',
        'traces:read', 'active', 0, ${createdAt}, ${createdAt})`.execute(tx.db)
  })
}
