import type { Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { EmbeddingDeploymentsTable } from '../../platform/db/deployment-tables.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import { rowsOnPage, type RowPage } from '../../platform/db/row-page.ts'
import { readStrings } from '../../platform/json.ts'
import {
  inputTypes,
  type EmbeddingContent,
  type EmbeddingDeployment,
} from './embedding-deployment.ts'

export interface EmbeddingQuery extends RowPage {
  /** Part of name or model, in any case; `%` and `_` stand for other characters. */
  readonly search?: string
  readonly orderBy: 'name' | 'model' | 'created_at' | 'updated_at'
}

export async function pageOfEmbeddingDeployments(
  tx: Tx,
  { search, ...page }: EmbeddingQuery,
): Promise<{ readonly deployments: readonly EmbeddingDeployment[]; readonly total: number }> {
  const { rows, total } = await rowsOnPage(matching(tx, search), page)
  return { deployments: rows.map(toEmbeddingDeployment), total }
}

function matching(tx: Tx, search = '') {
  return tx.db
    .selectFrom('embedding_deployments')
    .$if(search !== '', (query) => query.where(oneHas(tx.dialect, ['name', 'model'], search)))
}

export async function findEmbeddingDeployment(
  tx: Tx,
  column: 'id' | 'name',
  value: string,
): Promise<EmbeddingDeployment | undefined> {
  const row = await tx.db
    .selectFrom('embedding_deployments')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row && toEmbeddingDeployment(row)
}

/** Nobody else changes it before the transaction ends. */
export async function lockEmbeddingDeployment(
  tx: Tx,
  id: string,
): Promise<EmbeddingDeployment | undefined> {
  const row = await tx.db
    .selectFrom('embedding_deployments')
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row && toEmbeddingDeployment(row)
}

/** False when the name is taken. */
export async function insertEmbeddingDeployment(
  tx: Tx,
  deployment: EmbeddingDeployment,
  createdBy: string,
): Promise<boolean> {
  const { id, name, createdAt: created_at, updatedAt: updated_at } = deployment
  const row = { id, name, ...toColumns(deployment), created_by: createdBy, created_at, updated_at }
  return (await tx.insertMany('embedding_deployments', [row], 'ignore')) === 1
}

export async function saveEmbeddingDeployment(
  tx: Tx,
  deployment: EmbeddingDeployment,
): Promise<void> {
  await tx.db
    .updateTable('embedding_deployments')
    .set({ ...toColumns(deployment), updated_at: deployment.updatedAt })
    .where('id', '=', deployment.id)
    .execute()
}

export async function removeEmbeddingDeployment(tx: Tx, id: string): Promise<void> {
  await tx.db.deleteFrom('embedding_deployments').where('id', '=', id).execute()
}

function toColumns({ model, inputType, webhookIds }: EmbeddingContent) {
  return { model, input_type: inputType, webhook_ids: JSON.stringify(webhookIds) }
}

function toEmbeddingDeployment(row: Selectable<EmbeddingDeploymentsTable>): EmbeddingDeployment {
  const { id, name, model } = row
  return {
    id,
    name,
    model,
    inputType: inputTypes.find((type) => type === row.input_type) ?? null,
    webhookIds: row.webhook_ids === null ? [] : readStrings(row.webhook_ids),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** How the job stands, without its texts and vectors; undefined when it is gone. */
export async function statusOfJob(tx: Tx, jobId: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('jobs')
    .select('status')
    .where('id', '=', jobId)
    .executeTakeFirst()
  return row?.status
}
