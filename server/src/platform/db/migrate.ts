import { sql, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { DomainError } from '../domain-error.ts'
import type { Dialect } from './database.ts'
import type { SchemaSteps } from './schema-steps.ts'
import type { Schema } from './schema.ts'

/**
 * Brings the schema up to date, forward only, and tells what was applied. All pending steps run
 * in one transaction, so an interrupted start leaves nothing behind; a lock makes others wait.
 * Throws `precondition` when the database was made by a newer version.
 */
export async function migrateToLatest(
  db: Kysely<Schema>,
  dialect: Dialect,
  steps: SchemaSteps,
): Promise<string[]> {
  const migrations = Object.fromEntries(
    Object.entries(steps).map(([name, step]): [string, Migration] => [
      name,
      { up: (open) => step.up(open, dialect) },
    ]),
  )
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) {
    await refuseNewer(db, steps)
    if (error instanceof Error) throw error
    throw new Error('The schema could not be brought up to date', { cause: error })
  }
  return results.filter(({ status }) => status === 'Success').map((done) => done.migrationName)
}

async function refuseNewer(db: Kysely<Schema>, steps: SchemaSteps): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db)
  const unknown = rows.find(({ name }) => !Object.hasOwn(steps, name))
  if (!unknown) return
  const message = `The database was made by a newer version: it has the schema step ${unknown.name}`
  throw new DomainError('precondition', message)
}
