import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import { groupNotFound, nameTaken, type TestGroup, type TestMode } from './dataset.ts'
import { insertGroup, isNameOfAnother, lockGroup, removeGroup, saveGroup } from './group-store.ts'

type Ctx = Uses<'db' | 'clock' | 'ids' | 'caller'>

export interface NewGroup {
  readonly name: string
  readonly description: string | null
  readonly mode: TestMode
}

/** Makes a group. Needs `data:write`. @throws DomainError `conflict` when the name is taken. */
export async function createGroup(ctx: Ctx, given: NewGroup): Promise<TestGroup> {
  allow(ctx.caller, 'data:write')
  const at = ctx.clock.nowSeconds()
  const times = { createdAt: at, updatedAt: at }
  const group = { ...storable(given), mode: given.mode, id: ctx.ids.uuid(), ...times }
  await ctx.db.write(async (tx) => {
    if (!(await insertGroup(tx, group, identityOf(ctx.caller)))) throw nameTaken(group.name)
    const { name, mode } = group
    await insertAudit(tx, [auditEntry(ctx, targetOf(group.id), 'create', { name, mode })])
  })
  return group
}

export type GroupChanges = Partial<Pick<NewGroup, 'name' | 'description'>>

/**
 * Changes what is given; the mode of a group never changes. Needs `data:write`.
 * @throws DomainError `not-found`; `conflict` when the name is another group's.
 */
export async function updateGroup(ctx: Ctx, id: string, changes: GroupChanges): Promise<TestGroup> {
  allow(ctx.caller, 'data:write')
  return ctx.db.write(async (tx) => {
    const known = await lockGroup(tx, id)
    if (known === undefined) throw groupNotFound(id)
    const updatedAt = Math.max(ctx.clock.nowSeconds(), known.updatedAt)
    const group = { ...known, ...storable({ ...known, ...changes }), updatedAt }
    if (await isNameOfAnother(tx, group)) throw nameTaken(group.name)
    await saveGroup(tx, group)
    await insertAudit(tx, [auditEntry(ctx, targetOf(id), 'update', { ...changes })])
    return group
  })
}

/**
 * Deletes a group with its items; what was made of them stays. Needs `data:write`.
 * @throws DomainError `not-found`.
 */
export async function deleteGroup(ctx: Ctx, id: string): Promise<void> {
  allow(ctx.caller, 'data:write')
  await ctx.db.write(async (tx) => {
    await lockGroup(tx, id)
    if (!(await removeGroup(tx, id))) throw groupNotFound(id)
    await insertAudit(tx, [auditEntry(ctx, targetOf(id), 'delete', {})])
  })
}

function targetOf(id: string) {
  return { kind: 'test-group', id }
}

function storable({ name, description }: Pick<NewGroup, 'name' | 'description'>) {
  return {
    name: toStorableText(name),
    description: description === null ? null : toStorableText(description),
  }
}
