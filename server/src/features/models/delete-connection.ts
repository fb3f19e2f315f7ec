import { allow, auditEntry, insertAudit } from '../identity/index.ts'
import { selectAliases } from './alias-store.ts'
import { lockModels, removeConnection } from './connection-store.ts'
import { isKeyProvider } from './key-provider.ts'
import { inUse } from './list-aliases.ts'
import { connectionNotFound } from './list-connections.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'

/**
 * Forgets what is stored of a connection; a built-in one is then as it was at first.
 * @throws DomainError `not-found` where nothing is stored, `conflict` while an alias leads to it.
 */
export async function deleteConnection(
  ctx: Pick<ModelWriteContext, 'db' | 'clock' | 'ids' | 'caller'>,
  name: string,
): Promise<void> {
  allow(ctx.caller, 'models:manage')
  // The same key is an admin's matter where it is kept by Beacon's routes.
  if (isKeyProvider(name)) allow(ctx.caller, 'settings:manage')
  await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const user = findUser(name, await selectAliases(tx))
    if (user) throw inUse(name, user)
    if (!(await removeConnection(tx, name))) throw connectionNotFound(name)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'connection', id: name }, 'delete', {})])
    publishChange(tx)
  })
}

/** An alias that leads to the connection; a target that names an alias is none of it. */
function findUser(connection: string, aliases: readonly ModelAlias[]): ModelAlias | undefined {
  const names = new Set(aliases.map(({ name }) => name))
  return aliases.find(({ targets }) =>
    targets.some(({ model }) => !names.has(model) && model.startsWith(`${connection}/`)),
  )
}
