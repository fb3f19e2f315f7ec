import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit } from '../identity/index.ts'
import { removeAlias, selectAliases } from './alias-store.ts'
import { lockModels } from './connection-store.ts'
import { aliasNotFound, inUse } from './list-aliases.ts'
import { targetsOf } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'

/**
 * Forgets an alias; a file that it names stays, and so does what is loaded of it.
 * @throws DomainError `not-found`; `invalid` for a name that a file has by itself; `conflict` while
 * another alias leads to it.
 */
export async function deleteAlias(
  ctx: Pick<ModelWriteContext, 'db' | 'clock' | 'ids' | 'caller' | 'library'>,
  name: string,
): Promise<void> {
  allow(ctx.caller, 'models:manage')
  const discovered = await ctx.library.discovered()
  await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const aliases = await selectAliases(tx)
    if (!aliases.some((alias) => alias.name === name)) {
      throw discovered.has(name) ? isFile(name) : aliasNotFound(name)
    }
    const user = aliases.find((alias) => targetsOf(alias).some(({ model }) => model === name))
    if (user) throw inUse(name, user)
    await removeAlias(tx, name)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'model-alias', id: name }, 'delete', {})])
    publishChange(tx)
  })
}

function isFile(name: string): DomainError {
  const message = `${name} is the name of a file: there is nothing to forget but the file itself`
  return new DomainError('invalid', message, { details: { alias: name } })
}
