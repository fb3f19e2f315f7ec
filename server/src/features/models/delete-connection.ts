import { allow, auditEntry, insertAudit } from '../identity/index.ts'
import { selectAliases } from './alias-store.ts'
import { lockModels, removeConnection, selectConnection } from './connection-store.ts'
import { isKeyProvider } from './key-provider.ts'
import { inUse } from './list-aliases.ts'
import { connectionNotFound } from './list-connections.ts'
import { targetsOf, type ModelAlias } from './model-alias.ts'
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
    const stored = await selectConnection(tx, name)
    const words = [`${name}/`, ...(stored?.prefix ? [stored.prefix] : [])]
    const user = findUser(words, await selectAliases(tx))
    if (user) throw inUse(name, user)
    if (!(await removeConnection(tx, name))) throw connectionNotFound(name)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'connection', id: name }, 'delete', {})])
    publishChange(tx)
  })
}

/** An alias that leads to what begins so; a target that names an alias is none of it. */
function findUser(
  words: readonly string[],
  aliases: readonly ModelAlias[],
): ModelAlias | undefined {
  const names = new Set(aliases.map(({ name }) => name))
  return aliases.find((alias) =>
    targetsOf(alias).some(
      ({ model }) => !names.has(model) && words.some((word) => model.startsWith(word)),
    ),
  )
}
