import type { Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import { rowsOnPage } from '../../platform/db/row-page.ts'
import type { TestGroupsTable } from '../../platform/db/prompt-tables.ts'
import type { TestGroup } from './dataset.ts'
import type { DataQuery } from './data-query.ts'

/** False when the name is taken. */
export async function insertGroup(tx: Tx, group: TestGroup, createdBy: string): Promise<boolean> {
  const { id, name, description, mode, createdAt, updatedAt } = group
  const row = { id, name, description, mode, created_by: createdBy }
  const times = { created_at: createdAt, updated_at: updatedAt }
  return (await tx.insertMany('test_groups', [{ ...row, ...times }], 'ignore')) === 1
}

/** Nobody else changes it or adds to it before the transaction ends. */
export async function lockGroup(tx: Tx, id: string): Promise<TestGroup | undefined> {
  if (tx.dialect === 'postgres') {
    await tx.db.selectFrom('test_groups').select('id').where('id', '=', id).forUpdate().execute()
  }
  return findGroup(tx, id)
}

export async function findGroup(tx: Tx, id: string): Promise<TestGroup | undefined> {
  const row = await tx.db
    .selectFrom('test_groups')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toGroup(row)
}

export async function isNameOfAnother(tx: Tx, { id, name }: TestGroup): Promise<boolean> {
  const row = await tx.db
    .selectFrom('test_groups')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', id)
    .executeTakeFirst()
  return row !== undefined
}

export async function saveGroup(tx: Tx, group: TestGroup): Promise<void> {
  const { id, name, description, updatedAt: updated_at } = group
  await tx.db
    .updateTable('test_groups')
    .set({ name, description, updated_at })
    .where('id', '=', id)
    .execute()
}

/** With its items; false if there is none. */
export async function removeGroup(tx: Tx, id: string): Promise<boolean> {
  await tx.db.deleteFrom('test_items').where('group_id', '=', id).execute()
  const { numDeletedRows } = await tx.db
    .deleteFrom('test_groups')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows) > 0
}

export async function pageOfGroups(
  tx: Tx,
  { search, ...page }: DataQuery,
): Promise<{ readonly groups: readonly TestGroup[]; readonly total: number }> {
  const { rows, total } = await rowsOnPage(matching(tx, search), page)
  return { groups: rows.map(toGroup), total }
}

export interface GroupChoice {
  readonly id: string
  readonly name: string
}

/** The newest first. */
export async function groupChoices(tx: Tx): Promise<readonly GroupChoice[]> {
  return tx.db
    .selectFrom('test_groups')
    .select(['id', 'name'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

function matching(tx: Tx, search = '') {
  return tx.db
    .selectFrom('test_groups')
    .$if(search !== '', (query) => query.where(oneHas(tx.dialect, ['name', 'description'], search)))
}

function toGroup(row: Selectable<TestGroupsTable>): TestGroup {
  const { id, name, description, mode } = row
  return {
    id,
    name,
    description,
    mode: mode === 'json' ? 'json' : 'raw',
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
