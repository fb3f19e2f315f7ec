import { allow, auditEntry, insertAudit } from '../identity/index.ts'
import { removeAlias, selectAliases } from './alias-store.ts'
import { lockModels } from './connection-store.ts'
import { aliasNotFound, inUse } from './list-aliases.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'

/** Forgets an alias. Throws DomainError `not-found`, `conflict` while another leads to it. */
export async function deleteAlias(
  ctx: Pick<ModelWriteContext, 'db' | 'clock' | 'ids' | 'caller'>,
  name: string,
): Promise<void> {
  allow(ctx.caller, 'models:manage')
  await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const aliases = await selectAliases(tx)
    if (!aliases.some((alias) => alias.name === name)) throw aliasNotFound(name)
    const user = aliases.find(({ targets }) => targets.some(({ model }) => model === name))
    if (user) throw inUse(name, user)
    await removeAlias(tx, name)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'model-alias', id: name }, 'delete', {})])
    publishChange(tx)
  })
}
