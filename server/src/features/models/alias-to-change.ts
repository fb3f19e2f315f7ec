import { allow } from '../identity/index.ts'
import { selectAliases } from './alias-store.ts'
import { aliasNotFound } from './list-aliases.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'

type FindContext = Pick<ModelWriteContext, 'db' | 'caller'>

/**
 * The alias of that name, else the one of that id, as it is stored now; undefined where there is none.
 * Needs `models:manage`: whoever only reads looks into the list of models.
 */
export async function findAliasToChange(
  { db, caller }: FindContext,
  idOrName: string,
): Promise<ModelAlias | undefined> {
  allow(caller, 'models:manage')
  const aliases = await db.read(selectAliases)
  return aliases.find(({ name }) => name === idOrName) ?? aliases.find(({ id }) => id === idOrName)
}

/** The same of one kind. Throws DomainError `not-found`. */
export async function aliasToChange<K extends ModelAlias['kind']>(
  ctx: FindContext,
  kind: K,
  idOrName: string,
): Promise<Extract<ModelAlias, { kind: K }>> {
  const alias = await findAliasToChange(ctx, idOrName)
  if (alias && isOfKind(alias, kind)) return alias
  throw aliasNotFound(idOrName)
}

function isOfKind<K extends ModelAlias['kind']>(
  alias: ModelAlias,
  kind: K,
): alias is Extract<ModelAlias, { kind: K }> {
  return alias.kind === kind
}
