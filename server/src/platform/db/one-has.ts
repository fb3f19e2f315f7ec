import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Dialect } from './dialect.ts'
import { toStorableText } from './storable-text.ts'

/**
 * Whether one of these columns holds the text, where `%` and `_` stand for other characters. LIKE
 * folds ASCII case on SQLite, ILIKE does under the collation C on PostgreSQL. Source: hypersigil
 * contract §0.5.
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
