import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Dialect } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'

/** Whether a name holds the text. */
export function nameMatches(dialect: Dialect, text: string): RawBuilder<SqlBool> {
  return has(dialect, 'name', text)
}

/** Whether the name or the text of a prompt holds it. */
export function promptMatches(dialect: Dialect, text: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${has(dialect, 'name', text)} or ${has(dialect, 'prompt', text)})`
}

/**
 * LIKE folds ASCII case on SQLite, ILIKE does under the collation C on PostgreSQL; there a backslash
 * would mean something. Source: hypersigil contract §0.5.
 */
function has(dialect: Dialect, column: string, text: string): RawBuilder<SqlBool> {
  const pattern = `%${toStorableText(text)}%`
  return dialect === 'sqlite'
    ? sql<SqlBool>`${sql.ref(column)} like ${pattern}`
    : sql<SqlBool>`${sql.ref(column)} ilike ${pattern} escape ''`
}
