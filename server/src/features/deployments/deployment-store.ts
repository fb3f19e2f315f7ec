import type { Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type {
  DeploymentRevisionsTable,
  DeploymentsTable,
} from '../../platform/db/deployment-tables.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import { rowsOnPage, type RowPage } from '../../platform/db/row-page.ts'
import { parseObject, readStrings } from '../../platform/json.ts'
import type {
  Deployment,
  DeploymentContent,
  DeploymentOptions,
  DeploymentRevision,
} from './deployment.ts'

export interface DeploymentQuery extends RowPage {
  /** Part of name, provider or model, in any case; `%` and `_` stand for other characters. */
  readonly search?: string
  readonly orderBy: 'name' | 'provider' | 'model' | 'created_at' | 'updated_at'
}

export async function pageOfDeployments(
  tx: Tx,
  { search, ...page }: DeploymentQuery,
): Promise<{ readonly deployments: readonly Deployment[]; readonly total: number }> {
  const { rows, total } = await rowsOnPage(matching(tx, search), page)
  return { deployments: rows.map(toDeployment), total }
}

function matching(tx: Tx, search = '') {
  const columns = ['name', 'provider', 'model']
  return tx.db
    .selectFrom('deployments')
    .$if(search !== '', (query) => query.where(oneHas(tx.dialect, columns, search)))
}

export async function findDeployment(
  tx: Tx,
  column: 'id' | 'name',
  value: string,
): Promise<Deployment | undefined> {
  const row = await tx.db
    .selectFrom('deployments')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row && toDeployment(row)
}

/** Nobody else changes it before the transaction ends. */
export async function lockDeployment(tx: Tx, id: string): Promise<Deployment | undefined> {
  const row = await tx.db
    .selectFrom('deployments')
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row && toDeployment(row)
}

/** With its first revision; false when the name is taken. */
export async function insertDeployment(
  tx: Tx,
  deployment: Deployment,
  createdBy: string,
): Promise<boolean> {
  const { id, name, revision, createdAt: created_at, updatedAt: updated_at } = deployment
  const row = { id, name, revision, ...toColumns(deployment), created_by: createdBy }
  const inserted = await tx.insertMany(
    'deployments',
    [{ ...row, created_at, updated_at }],
    'ignore',
  )
  if (inserted === 0) return false
  await insertRevision(tx, deployment, createdBy)
  return true
}

/** As it is from now on, with the revision that says so. */
export async function saveRevision(
  tx: Tx,
  deployment: Deployment,
  createdBy: string,
): Promise<void> {
  const { id, revision, updatedAt: updated_at } = deployment
  await tx.db
    .updateTable('deployments')
    .set({ ...toColumns(deployment), revision, updated_at })
    .where('id', '=', id)
    .execute()
  await insertRevision(tx, deployment, createdBy)
}

async function insertRevision(tx: Tx, deployment: Deployment, createdBy: string): Promise<void> {
  const { id, revision, updatedAt } = deployment
  await tx.insertMany('deployment_revisions', [
    {
      deployment_id: id,
      revision,
      ...toColumns(deployment),
      created_by: createdBy,
      created_at: updatedAt,
    },
  ])
}

export async function touchDeployment(tx: Tx, id: string, at: number): Promise<void> {
  await tx.db.updateTable('deployments').set({ updated_at: at }).where('id', '=', id).execute()
}

/** With its history; false if there is none. */
export async function removeDeployment(tx: Tx, id: string): Promise<boolean> {
  await tx.db.deleteFrom('deployment_revisions').where('deployment_id', '=', id).execute()
  const { numDeletedRows } = await tx.db
    .deleteFrom('deployments')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows) > 0
}

/** The newest first. */
export async function pageOfRevisions(
  tx: Tx,
  deploymentId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly revisions: readonly DeploymentRevision[]; readonly total: number }> {
  const all = tx.db.selectFrom('deployment_revisions').where('deployment_id', '=', deploymentId)
  const { count } = await all
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await all
    .selectAll()
    .orderBy('revision', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  return { revisions: rows.map(toRevision), total: Number(count) }
}

export async function findRevision(
  tx: Tx,
  deploymentId: string,
  revision: number,
): Promise<DeploymentRevision | undefined> {
  const row = await tx.db
    .selectFrom('deployment_revisions')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .where('revision', '=', revision)
    .executeTakeFirst()
  return row && toRevision(row)
}

function toColumns(content: DeploymentContent) {
  const { promptId, promptVersion, provider, model, options, webhookIds } = content
  return {
    prompt_id: promptId,
    prompt_version: promptVersion,
    provider,
    model,
    options: options && JSON.stringify(options),
    webhook_ids: webhookIds && JSON.stringify(webhookIds),
  }
}

function toDeployment(row: Selectable<DeploymentsTable>): Deployment {
  const { id, name, revision, created_at: createdAt, updated_at: updatedAt } = row
  return { id, name, revision, ...toContent(row), createdAt, updatedAt }
}

function toRevision(row: Selectable<DeploymentRevisionsTable>): DeploymentRevision {
  return { revision: row.revision, ...toContent(row), createdAt: row.created_at }
}

type ContentColumns = Pick<
  Selectable<DeploymentsTable>,
  'prompt_id' | 'prompt_version' | 'provider' | 'model' | 'options' | 'webhook_ids'
>

function toContent(row: ContentColumns): DeploymentContent {
  return {
    promptId: row.prompt_id,
    promptVersion: row.prompt_version,
    provider: row.provider,
    model: row.model,
    options: row.options === null ? null : toOptions(row.options),
    webhookIds: row.webhook_ids === null ? null : readStrings(row.webhook_ids),
  }
}

function toOptions(json: string): DeploymentOptions {
  const { temperature, topP, topK } = parseObject(json)
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof topK === 'number' && { topK }),
  }
}
