import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Dialect } from './dialect.ts'
import { toStorableText } from './storable-text.ts'

/**
 * Whether one of these columns holds the text, where `%` and `_` stand for other characters. Source:
 * hypersigil contract §0.5.
 */
export function oneHas(
  dialect: Dialect,
  columns: readonly string[],
  text: string,
): RawBuilder<SqlBool> {
  return oneIsLike(dialect, columns, { text: toStorableText(text), escape: '' })
}

/** Whether one of these columns holds the text, character for character. */
export function oneHolds(
  dialect: Dialect,
  columns: readonly string[],
  text: string,
): RawBuilder<SqlBool> {
  const escaped = toStorableText(text).replaceAll(/[\\%_]/g, (special) => `\\${special}`)
  return oneIsLike(dialect, columns, { text: escaped, escape: '\\' })
}

interface Sought {
  readonly text: string
  /** Before a character that stands for itself; empty where none does. */
  readonly escape: '' | '\\'
}

/** LIKE folds ASCII case on SQLite, ILIKE does under the collation C on PostgreSQL. */
function oneIsLike(
  dialect: Dialect,
  columns: readonly string[],
  { text, escape }: Sought,
): RawBuilder<SqlBool> {
  const word = sql.raw(dialect === 'sqlite' ? 'like' : 'ilike')
  // SQLite knows no empty one, and has none unless it is told so.
  const rest = dialect === 'sqlite' && escape === '' ? sql`` : sql` escape ${sql.lit(escape)}`
  const each = columns.map((column) => sql`${sql.ref(column)} ${word} ${`%${text}%`}${rest}`)
  return sql<SqlBool>`(${sql.join(each, sql` or `)})`
}
