import { sql, type SelectQueryBuilder } from 'kysely'
import type { Schema } from './schema.ts'

/** Which rows of those that were found are wanted. */
export interface RowPage {
  readonly orderBy: string
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

/**
 * The rows of a page and how many there are on all pages. Rows that are equal in the column of the
 * order are told apart by `tieBreaker`.
 */
export async function rowsOnPage<T extends keyof Schema>(
  matching: SelectQueryBuilder<Schema, T, object>,
  { orderBy, order, limit, offset }: RowPage,
  tieBreaker: 'id' | 'seq' = 'id',
) {
  const { count } = await matching
    .select(sql<number | string>`count(*)`.as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy(sql.ref(orderBy), order)
    .orderBy(sql.ref(tieBreaker), order)
    .limit(limit)
    .offset(offset)
    .execute()
  return { rows, total: Number(count) }
}
