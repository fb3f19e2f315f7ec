import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Dialect } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'

/** A page of what a search finds. */
export interface DataQuery {
  /** Part of a text, in any case; `%` and `_` stand for other characters. */
  readonly search?: string
  readonly orderBy: 'name' | 'created_at' | 'updated_at'
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

/**
 * Whether one of these columns holds the text. LIKE folds ASCII case on SQLite, ILIKE does under
 * the collation C on PostgreSQL. Source: hypersigil contract §0.5.
 */
export function oneHas(
  dialect: Dialect,
  columns: readonly string[],
  text: string,
): RawBuilder<SqlBool> {
  const pattern = `%${toStorableText(text)}%`
  const each = columns.map((column) =>
    dialect === 'sqlite'
      ? sql`${sql.ref(column)} like ${pattern}`
      : sql`${sql.ref(column)} ilike ${pattern} escape ''`,
  )
  return sql<SqlBool>`(${sql.join(each, sql` or `)})`
}
