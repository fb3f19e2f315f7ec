import { DomainError } from '../../platform/domain-error.ts'
import { auditEntry, insertAudit, userIdOf } from '../identity/index.ts'
import type { ModelLibrary } from '../model-files/index.ts'
import { faultOfAliases } from './alias-graph.ts'
import { saveAlias, selectModels, type StoredModels } from './alias-store.ts'
import { lockModels } from './connection-store.ts'
import { aliasNotFound } from './list-aliases.ts'
import { targetsOf, type ModelAlias } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'

export type SaveContext = Pick<
  ModelWriteContext,
  'db' | 'clock' | 'ids' | 'caller' | 'providers' | 'library'
>

/** What an alias has whatever it says. */
export type AliasIdentity = Pick<
  ModelAlias,
  'id' | 'name' | 'createdBy' | 'createdAt' | 'updatedAt'
>

export interface AliasDraft<T extends ModelAlias> {
  readonly name: string
  readonly isNew: boolean
  /** The whole alias, by what is stored at that moment. May throw DomainError. */
  make(identity: AliasIdentity, stored: StoredModels): T
}

const mostAliases = 2_000

/**
 * Saves an alias in place of the one of its name, or as a new one, once all aliases together are in
 * order.
 * @throws DomainError `conflict` for a new name that is taken, `not-found` for an old one that is
 * not there, `invalid` for an alias that would become one of another kind, or lead back to itself.
 */
export async function keepAlias<T extends ModelAlias>(
  ctx: SaveContext,
  draft: AliasDraft<T>,
): Promise<T> {
  const target = { kind: 'model-alias', id: draft.name }
  return ctx.db.write(async (tx) => {
    await lockModels(tx)
    const alias = plan(ctx, draft, await selectModels(tx))
    await saveAlias(tx, alias)
    const action = draft.isNew ? 'create' : 'update'
    await insertAudit(tx, [auditEntry(ctx, target, action, toNoted(alias))])
    publishChange(tx)
    return alias
  })
}

/** @throws DomainError `conflict`: a file has that name without anybody having given it one. */
export async function refuseDiscovered(library: ModelLibrary, name: string): Promise<void> {
  const discovered = await library.discovered()
  if (discovered.has(name)) throw aliasExists(name, `A model file is called ${name} already`)
}

function plan<T extends ModelAlias>(
  ctx: SaveContext,
  draft: AliasDraft<T>,
  stored: StoredModels,
): T {
  const { name, isNew } = draft
  const others = stored.aliases.filter((alias) => alias.name !== name)
  const known = stored.aliases.find((alias) => alias.name === name)
  if (isNew && known) throw aliasExists(name)
  if (!isNew && !known) throw aliasNotFound(name)
  if (others.length >= mostAliases) {
    throw new DomainError('conflict', `There are ${mostAliases} aliases already`)
  }
  const at = ctx.clock.nowSeconds()
  const identity = {
    id: known?.id ?? ctx.ids.uuid(),
    name,
    createdBy: known ? known.createdBy : userIdOf(ctx.caller),
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  }
  const alias = draft.make(identity, stored)
  if (known && known.kind !== alias.kind) {
    const words = known.kind === 'file' ? 'names a file' : 'names other models'
    throw new DomainError('invalid', `The alias ${name} ${words} and goes on to do so`)
  }
  const nodes = [...others, alias].map((one) => ({ name: one.name, targets: targetsOf(one) }))
  const fault = faultOfAliases(nodes)
  if (fault) {
    const { message, code } = fault
    throw new DomainError('invalid', message, { details: { code, param: 'targets' } })
  }
  return alias
}

export function aliasExists(
  alias: string,
  message = `There is an alias ${alias} already`,
): DomainError {
  return new DomainError('conflict', message, { details: { code: 'alias_exists_error', alias } })
}

/** What it says, without what every alias has. */
function toNoted(alias: ModelAlias): Readonly<Record<string, unknown>> {
  const { requestParams, options } = alias
  if (alias.kind === 'router') return { targets: alias.targets, requestParams, options }
  const { repo, filename, snapshot, contextParams } = alias
  return { repo, filename, snapshot, requestParams, contextParams, options }
}
