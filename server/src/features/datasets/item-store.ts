import { sql, type Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import { rowsOnPage } from '../../platform/db/row-page.ts'
import type { TestItemsTable } from '../../platform/db/prompt-tables.ts'
import type { TestItem } from './dataset.ts'
import type { DataQuery } from './data-query.ts'

const rowsAtOnce = 1000

/** In this order, after all that are there; one whose id is there already is left as it is. */
export async function insertItems(tx: Tx, items: readonly TestItem[]): Promise<void> {
  const numbers = await tx.allocate('test_items', items.length)
  for (let start = 0; start < items.length; start += rowsAtOnce) {
    const rows = items.slice(start, start + rowsAtOnce).map((item, index) => ({
      id: item.id,
      seq: numbers[start + index] ?? 0,
      group_id: item.groupId,
      name: item.name,
      content: item.content,
      created_at: item.createdAt,
      updated_at: item.updatedAt,
    }))
    await tx.insertMany('test_items', rows, 'ignore')
  }
}

export async function findItem(tx: Tx, id: string): Promise<TestItem | undefined> {
  const row = await tx.db
    .selectFrom('test_items')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toItem(row)
}

/** Nobody else changes it before the transaction ends. */
export async function lockItem(tx: Tx, id: string): Promise<TestItem | undefined> {
  if (tx.dialect === 'postgres') {
    await tx.db.selectFrom('test_items').select('id').where('id', '=', id).forUpdate().execute()
  }
  return findItem(tx, id)
}

export async function saveItem(tx: Tx, item: TestItem): Promise<void> {
  const { id, name, content, updatedAt: updated_at } = item
  await tx.db
    .updateTable('test_items')
    .set({ name, content, updated_at })
    .where('id', '=', id)
    .execute()
}

/** False if there is none. */
export async function removeItem(tx: Tx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('test_items')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows) > 0
}

export async function pageOfItems(
  tx: Tx,
  groupId: string,
  { search, ...page }: DataQuery,
): Promise<{ readonly items: readonly TestItem[]; readonly total: number }> {
  const { rows, total } = await rowsOnPage(matching(tx, groupId, search), page, 'seq')
  return { items: rows.map(toItem), total }
}

export interface NumberedItem extends TestItem {
  /** Grows with the order in which items came. */
  readonly seq: number
}

/** The items of a group in the order they came, so many after one of them. */
export async function itemsAfter(
  tx: Tx,
  groupId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly NumberedItem[]> {
  const rows = await tx.db
    .selectFrom('test_items')
    .selectAll()
    .where('group_id', '=', groupId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...toItem(row), seq: row.seq }))
}

/** How much a group holds. */
export async function sizeOfGroup(
  tx: Tx,
  groupId: string,
): Promise<{ readonly count: number; readonly characters: number }> {
  const row = await tx.db
    .selectFrom('test_items')
    .select(({ fn }) => fn.countAll().as('count'))
    .select(sql<number | string | null>`sum(length(content))`.as('characters'))
    .where('group_id', '=', groupId)
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), characters: Number(row.characters) }
}

/**
 * All items of a group in the order they came. They come by thousands: the thread that asks has other
 * things to do while more of them are on their way.
 */
export async function itemsOfGroup(tx: Tx, groupId: string): Promise<readonly TestItem[]> {
  const items: NumberedItem[] = []
  for (;;) {
    const after = items.at(-1)?.seq ?? 0
    const some = await itemsAfter(tx, groupId, { after, limit: rowsAtOnce })
    items.push(...some)
    if (some.length < rowsAtOnce) return items.map(({ seq: _, ...item }) => item)
  }
}

function matching(tx: Tx, groupId: string, search = '') {
  return tx.db
    .selectFrom('test_items')
    .where('group_id', '=', groupId)
    .$if(search !== '', (query) => query.where(oneHas(tx.dialect, ['name', 'content'], search)))
}

function toItem(row: Selectable<TestItemsTable>): TestItem {
  return {
    id: row.id,
    groupId: row.group_id,
    name: row.name,
    content: row.content,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
