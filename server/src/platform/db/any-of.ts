import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Dialect } from './database.ts'

/** `column` is one of `values`: one parameter whatever their number, so the statement is kept. */
export function anyOf(
  dialect: Dialect,
  column: string,
  values: readonly (string | number)[],
): RawBuilder<SqlBool> {
  const reference = sql.ref(column)
  if (dialect === 'sqlite') {
    return sql<SqlBool>`${reference} in (select value from json_each(${JSON.stringify(values)}))`
  }
  return sql<SqlBool>`${reference} = any(${values})`
}
