import type { WriteTx } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, identityOf, type Uses } from '../identity/index.ts'
import { checkModelName, checkWebhooks } from './check-deployment.ts'
import { nameTaken } from './deployment.ts'
import {
  embedderOf,
  embeddingDeploymentNotFound,
  type EmbeddingContent,
  type EmbeddingDeployment,
} from './embedding-deployment.ts'
import {
  findEmbeddingDeployment,
  insertEmbeddingDeployment,
  lockEmbeddingDeployment,
  pageOfEmbeddingDeployments,
  removeEmbeddingDeployment,
  saveEmbeddingDeployment,
  type EmbeddingQuery,
} from './embedding-store.ts'
import { noteChange } from './note-change.ts'
import type { DeploymentContext } from './powers.ts'

const kind = 'embedding-deployment'

/** A page of them. Needs `prompts:read`. */
export async function listEmbeddingDeployments(
  ctx: Uses<'db' | 'caller'>,
  query: EmbeddingQuery,
): Promise<{ readonly deployments: readonly EmbeddingDeployment[]; readonly total: number }> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => pageOfEmbeddingDeployments(tx, query))
}

/** One of them, by id or name. Needs `prompts:read`. @throws DomainError `not-found`. */
export async function getEmbeddingDeployment(
  ctx: Uses<'db' | 'caller'>,
  by: 'id' | 'name',
  value: string,
): Promise<EmbeddingDeployment> {
  allow(ctx.caller, 'prompts:read')
  const deployment = await ctx.db.read((tx) => findEmbeddingDeployment(tx, by, value))
  if (deployment === undefined) throw embeddingDeploymentNotFound(value)
  return deployment
}

/**
 * Puts a model for embeddings into use under a name. Needs `deployments:manage`.
 * @throws DomainError `invalid` for a model that leads nowhere or a webhook that is not there,
 * `conflict` when the name is taken.
 */
export async function createEmbeddingDeployment(
  ctx: DeploymentContext,
  { name, ...given }: EmbeddingContent & { readonly name: string },
): Promise<EmbeddingDeployment> {
  allow(ctx.caller, 'deployments:manage')
  await checkOther(ctx, given.model)
  const content = { ...given, model: toStorableText(given.model) }
  return ctx.db.write(async (tx) => {
    await checkWebhooks(tx, content.webhookIds)
    const at = ctx.clock.nowSeconds()
    const id = ctx.ids.uuid()
    const deployment = { id, name, ...content, createdAt: at, updatedAt: at }
    const isFree = await insertEmbeddingDeployment(tx, deployment, identityOf(ctx.caller))
    if (!isFree) throw nameTaken(name)
    await noteChange(tx, ctx, { kind, id, act: 'create', changes: { name, ...content } })
    return deployment
  })
}

/**
 * Changes what is given. Needs `deployments:manage`.
 * @throws DomainError `not-found`; `invalid` as `createEmbeddingDeployment`.
 */
export async function updateEmbeddingDeployment(
  ctx: DeploymentContext,
  id: string,
  changes: Partial<EmbeddingContent>,
): Promise<EmbeddingDeployment> {
  allow(ctx.caller, 'deployments:manage')
  if (changes.model !== undefined) await checkOther(ctx, changes.model)
  return ctx.db.write(async (tx) => {
    const known = await lockedDeployment(tx, id)
    await checkWebhooks(tx, changes.webhookIds ?? [])
    const updatedAt = Math.max(ctx.clock.nowSeconds(), known.updatedAt)
    const model = toStorableText(changes.model ?? known.model)
    const deployment = { ...known, ...changes, model, updatedAt }
    await saveEmbeddingDeployment(tx, deployment)
    await noteChange(tx, ctx, { kind, id, act: 'update', changes: { ...changes } })
    return deployment
  })
}

/** Deletes one; what runs goes on. Needs `deployments:manage`. @throws DomainError `not-found`. */
export async function deleteEmbeddingDeployment(ctx: DeploymentContext, id: string): Promise<void> {
  allow(ctx.caller, 'deployments:manage')
  await ctx.db.write(async (tx) => {
    const { name } = await lockedDeployment(tx, id)
    await removeEmbeddingDeployment(tx, id)
    await noteChange(tx, ctx, { kind, id, act: 'delete', changes: { name } })
  })
}

/** The key of a service may come later. */
async function checkOther(ctx: DeploymentContext, model: string): Promise<void> {
  const { service, model: name } = embedderOf(model)
  if (service === undefined) await checkModelName(ctx, { name, param: 'model' })
}

async function lockedDeployment(tx: WriteTx, id: string): Promise<EmbeddingDeployment> {
  const known = await lockEmbeddingDeployment(tx, id)
  if (known === undefined) throw embeddingDeploymentNotFound(id)
  return known
}
