import { allow, type Uses } from '../identity/index.ts'
import { groupNotFound, itemNotFound, type TestGroup, type TestItem } from './dataset.ts'
import { findGroup, groupChoices, pageOfGroups, type GroupChoice } from './group-store.ts'
import { findItem, pageOfItems } from './item-store.ts'
import type { DataQuery } from './data-query.ts'

type Ctx = Uses<'db' | 'caller'>

/** A group. Needs `data:read`. @throws DomainError `not-found`. */
export async function getGroup(ctx: Ctx, id: string): Promise<TestGroup> {
  allow(ctx.caller, 'data:read')
  const group = await ctx.db.read((tx) => findGroup(tx, id))
  if (group === undefined) throw groupNotFound(id)
  return group
}

/** A page of groups; a search looks at name and description. Needs `data:read`. */
export async function listGroups(
  ctx: Ctx,
  query: DataQuery,
): Promise<{ readonly groups: readonly TestGroup[]; readonly total: number }> {
  allow(ctx.caller, 'data:read')
  return ctx.db.read((tx) => pageOfGroups(tx, query))
}

/** Every group by name, to choose from; the newest first. Needs `data:read`. */
export async function groupSelectList(ctx: Ctx): Promise<readonly GroupChoice[]> {
  allow(ctx.caller, 'data:read')
  return ctx.db.read(groupChoices)
}

/** An item. Needs `data:read`. @throws DomainError `not-found`. */
export async function getItem(ctx: Ctx, id: string): Promise<TestItem> {
  allow(ctx.caller, 'data:read')
  const item = await ctx.db.read((tx) => findItem(tx, id))
  if (item === undefined) throw itemNotFound(id)
  return item
}

/**
 * A page of the items of a group; a search looks at name and content. Needs `data:read`.
 * @throws DomainError `not-found`.
 */
export async function listItems(
  ctx: Ctx,
  groupId: string,
  query: DataQuery,
): Promise<{ readonly items: readonly TestItem[]; readonly total: number }> {
  allow(ctx.caller, 'data:read')
  return ctx.db.read(async (tx) => {
    if ((await findGroup(tx, groupId)) === undefined) throw groupNotFound(groupId)
    return pageOfItems(tx, groupId, query)
  })
}
