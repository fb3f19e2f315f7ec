import type { Selectable } from 'kysely'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ModelAliasesTable } from '../../platform/db/model-tables.ts'
import type { StoredConnection } from './connection.ts'
import { selectConnections } from './connection-store.ts'
import type {
  AliasOptions,
  AliasTarget,
  AnswerOptions,
  ContextParams,
  FileAlias,
  ModelAlias,
} from './model-alias.ts'
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
    .where('kind', 'in', ['router', 'file'])
    .orderBy('name')
    .execute()
  return rows.map(toAlias)
}

type AliasRow = Selectable<ModelAliasesTable>

function toAlias(row: AliasRow): ModelAlias {
  const facts = {
    id: row.id,
    name: row.name,
    requestParams: readStored<RequestDefaults>(row.request_params),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
  if (row.kind === 'router') {
    const targets = readStored<readonly AliasTarget[]>(row.targets)
    return { ...facts, kind: 'router', targets, options: readStored<AliasOptions>(row.options) }
  }
  return { ...facts, kind: 'file', ...toFile(row), options: readStored<AnswerOptions>(row.options) }
}

function toFile({ repo, filename, snapshot, context_params: params }: AliasRow): FilePart {
  return {
    repo: repo ?? '',
    filename: filename ?? '',
    snapshot: snapshot ?? '',
    contextParams: readStored<ContextParams>(params ?? '{}'),
  }
}

type FilePart = Pick<FileAlias, 'repo' | 'filename' | 'snapshot' | 'contextParams'>

/** The cast holds because only `saveAlias` writes these columns, from these very types. */
function readStored<T>(json: string): T {
  return JSON.parse(json) as T
}

/** Saves an alias whole, in place of one of that name; its id, maker and age stay. */
export async function saveAlias(tx: Tx, alias: ModelAlias): Promise<void> {
  const { id, name, kind, createdBy, createdAt, updatedAt } = alias
  const changeable = {
    ...ownColumns(alias),
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

function ownColumns(alias: ModelAlias) {
  if (alias.kind === 'router') return { targets: JSON.stringify(alias.targets) }
  const { repo, filename, snapshot, contextParams } = alias
  return { targets: '[]', repo, filename, snapshot, context_params: JSON.stringify(contextParams) }
}

export async function removeAlias(tx: Tx, name: string): Promise<void> {
  await tx.db.deleteFrom('model_aliases').where('name', '=', name).execute()
}
