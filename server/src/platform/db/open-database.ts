import type { Database } from './database.ts'
import type { DatabaseOptions } from './database-options.ts'
import { defaultGroupLimits } from './group-queue.ts'

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

export interface OpenDatabaseOptions
  extends
    Pick<DatabaseOptions, 'logger' | 'publish' | 'onDeath'>,
    Partial<Pick<DatabaseOptions, 'slowQueryMs' | 'groupLimits' | 'isHeard'>> {
  readonly readerCount?: number
}

/** Opens the database and its threads. The schema is `migrate`'s affair. */
export async function openDatabase(
  location: DatabaseLocation,
  options: OpenDatabaseOptions,
): Promise<Database> {
  const { readerCount = 2, ...given } = options
  const complete: DatabaseOptions = {
    slowQueryMs: 500,
    groupLimits: defaultGroupLimits,
    isHeard: () => true,
    ...given,
  }
  // Each engine is loaded only where it is used.
  if (location.kind === 'sqlite') {
    const { SqliteDatabase } = await import('./sqlite-database.ts')
    return SqliteDatabase.open(location.path, readerCount, complete)
  }
  const { PostgresDatabase } = await import('./postgres-database.ts')
  return PostgresDatabase.open(location.url, complete)
}
