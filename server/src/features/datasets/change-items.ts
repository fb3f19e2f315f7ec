import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import {
  faultOfContent,
  groupNotFound,
  invalidFormat,
  itemNotFound,
  type GivenItem,
  type TestGroup,
  type TestItem,
} from './dataset.ts'
import { findGroup, lockGroup } from './group-store.ts'
import { findItem, insertItems, lockItem, removeItem, saveItem } from './item-store.ts'

type Ctx = Uses<'db' | 'clock' | 'ids' | 'caller'>

/**
 * Adds items to a group, all of them or none. Needs `data:write`.
 * @throws DomainError `not-found`; `invalid` with the label `Invalid format` when the group wants
 * JSON and a content is none.
 */
export async function addItems(
  ctx: Ctx,
  groupId: string,
  given: readonly GivenItem[],
): Promise<readonly TestItem[]> {
  allow(ctx.caller, 'data:write')
  const { mode } = await knownGroup(ctx, groupId)
  const faults = given.flatMap(({ content }, index) => {
    const error = faultOfContent(mode, content)
    return error === null ? [] : [{ index, error }]
  })
  if (faults.length > 0) throw invalidFormat(faults)
  const items = given.map((item) => newItem(ctx, groupId, item))
  await ctx.db.write(async (tx) => {
    if ((await lockGroup(tx, groupId)) === undefined) throw groupNotFound(groupId)
    await insertItems(tx, items)
  })
  return items
}

/** The mode of a group never changes, so what is checked by it may be checked before a transaction. */
export async function knownGroup(ctx: Uses<'db'>, id: string): Promise<TestGroup> {
  const group = await ctx.db.read((tx) => findGroup(tx, id))
  if (group === undefined) throw groupNotFound(id)
  return group
}

/** An item as it is going to be stored. */
export function newItem(
  ctx: Uses<'clock' | 'ids'>,
  groupId: string,
  { name, content }: GivenItem,
): TestItem {
  const at = ctx.clock.nowSeconds()
  return {
    id: ctx.ids.uuid(),
    groupId,
    name: name === null ? null : toStorableText(name),
    content: toStorableText(content),
    createdAt: at,
    updatedAt: at,
  }
}

/** Changes what is given. Needs `data:write`. @throws as `addItems` does. */
export async function updateItem(
  ctx: Ctx,
  id: string,
  changes: Partial<GivenItem>,
): Promise<TestItem> {
  allow(ctx.caller, 'data:write')
  const { content, name } = changes
  if (content !== undefined) {
    const found = await ctx.db.read((tx) => findItem(tx, id))
    if (found === undefined) throw itemNotFound(id)
    const error = faultOfContent((await knownGroup(ctx, found.groupId)).mode, content)
    if (error !== null) throw invalidFormat([{ index: 0, error }])
  }
  return ctx.db.write(async (tx) => {
    const current = await lockItem(tx, id)
    if (current === undefined) throw itemNotFound(id)
    const updatedAt = Math.max(ctx.clock.nowSeconds(), current.updatedAt)
    const item = {
      ...current,
      ...(content !== undefined && { content: toStorableText(content) }),
      ...(name !== undefined && { name: name === null ? null : toStorableText(name) }),
      updatedAt,
    }
    await saveItem(tx, item)
    return item
  })
}

/** Deletes an item. Needs `data:write`. @throws DomainError `not-found`. */
export async function deleteItem(ctx: Ctx, id: string): Promise<void> {
  allow(ctx.caller, 'data:write')
  await ctx.db.write(async (tx) => {
    if (!(await removeItem(tx, id))) throw itemNotFound(id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'test-item', id }, 'delete', {})])
  })
}
