import type { Selectable } from 'kysely'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ModelAliasesTable } from '../../platform/db/schema.ts'
import type { StoredConnection } from './connection.ts'
import { selectConnections } from './connection-store.ts'
import type { AliasOptions, AliasTarget, ModelAlias } from './model-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

/** Everything that decides what a model's name stands for. */
export interface StoredModels {
  readonly aliases: readonly ModelAlias[]
  readonly connections: readonly StoredConnection[]
}

/** All of it at one moment, read beside the data. */
export const storedModels = defineTask<null, StoredModels>({
  module: import.meta.url,
  name: 'storedModels',
  run: selectModels,
})

export async function selectModels(tx: Tx): Promise<StoredModels> {
  return { aliases: await selectAliases(tx), connections: await selectConnections(tx) }
}

export async function selectAliases(tx: Tx): Promise<readonly ModelAlias[]> {
  const rows = await tx.db
    .selectFrom('model_aliases')
    .selectAll()
    .where('kind', '=', 'router')
    .orderBy('name')
    .execute()
  return rows.map(toAlias)
}

function toAlias(row: Selectable<ModelAliasesTable>): ModelAlias {
  return {
    id: row.id,
    name: row.name,
    kind: 'router',
    ...readRouter(row),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

interface Router {
  readonly targets: readonly AliasTarget[]
  readonly requestParams: RequestDefaults
  readonly options: AliasOptions
}

/** The casts hold because only `saveAlias` writes these columns, from these very types. */
function readRouter(row: Selectable<ModelAliasesTable>): Router {
  return {
    targets: JSON.parse(row.targets) as readonly AliasTarget[],
    requestParams: JSON.parse(row.request_params) as RequestDefaults,
    options: JSON.parse(row.options) as AliasOptions,
  }
}

/** Saves an alias whole, in place of one of that name; its id, maker and age stay. */
export async function saveAlias(tx: Tx, alias: ModelAlias): Promise<void> {
  const { id, name, kind, createdBy, createdAt, updatedAt } = alias
  const changeable = {
    targets: JSON.stringify(alias.targets),
    request_params: JSON.stringify(alias.requestParams),
    options: JSON.stringify(alias.options),
    updated_at: updatedAt,
  }
  await tx.db
    .insertInto('model_aliases')
    .values({ id, name, kind, created_by: createdBy, created_at: createdAt, ...changeable })
    .onConflict((clash) => clash.column('name').doUpdateSet(changeable))
    .execute()
}

export async function removeAlias(tx: Tx, name: string): Promise<void> {
  await tx.db.deleteFrom('model_aliases').where('name', '=', name).execute()
}
