import type { WriteTx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, identityOf } from '../identity/index.ts'
import { checkModel, checkVersion, checkWebhooks } from './check-deployment.ts'
import {
  contentOf,
  deploymentNotFound,
  isSameContent,
  nameTaken,
  type Deployment,
  type DeploymentContent,
} from './deployment.ts'
import {
  findDeployment,
  findRevision,
  insertDeployment,
  lockDeployment,
  removeDeployment,
  saveRevision,
  touchDeployment,
} from './deployment-store.ts'
import { noteChange } from './note-change.ts'
import type { DeploymentContext } from './powers.ts'

const kind = 'deployment'

export interface NewDeployment extends DeploymentContent {
  readonly name: string
}

/**
 * Puts a version of a prompt into use under a name. Needs `deployments:manage`.
 * @throws DomainError `invalid` for a prompt, version, provider or webhook that is not there,
 * `conflict` when the name is taken.
 */
export async function createDeployment(
  ctx: DeploymentContext,
  given: NewDeployment,
): Promise<Deployment> {
  allow(ctx.caller, 'deployments:manage')
  await checkModel(ctx, given)
  return ctx.db.write(async (tx) => {
    await checkVersion(tx, given)
    await checkWebhooks(tx, given.webhookIds ?? [])
    const at = ctx.clock.nowSeconds()
    const id = ctx.ids.uuid()
    const times = { createdAt: at, updatedAt: at }
    const { name } = given
    const content = contentOf(given)
    const deployment = { id, name, revision: 1, ...content, ...times }
    const isFree = await insertDeployment(tx, deployment, identityOf(ctx.caller))
    if (!isFree) throw nameTaken(name)
    await noteChange(tx, ctx, { kind, id, act: 'create', changes: { name, ...content } })
    return deployment
  })
}

/** Which version counts must always be said. */
export type DeploymentChanges = Partial<DeploymentContent> &
  Pick<DeploymentContent, 'promptVersion'>

/**
 * Makes what is given count from now on, as a revision of its own; without a difference only
 * `updatedAt` moves. Needs `deployments:manage`.
 * @throws DomainError `not-found`; `invalid` as `createDeployment`.
 */
export async function updateDeployment(
  ctx: DeploymentContext,
  id: string,
  changes: DeploymentChanges,
): Promise<Deployment> {
  allow(ctx.caller, 'deployments:manage')
  const { provider, model, webhookIds } = changes
  if (provider !== undefined || model !== undefined) {
    const known = await ctx.db.read((tx) => findDeployment(tx, 'id', id))
    if (known === undefined) throw deploymentNotFound(id)
    await checkModel(ctx, { ...known, ...changes })
  }
  return ctx.db.write(async (tx) => {
    const known = await lockedDeployment(tx, id)
    const content = contentOf({ ...known, ...changes })
    await checkVersion(tx, content)
    await checkWebhooks(tx, webhookIds ?? [])
    return revised(tx, ctx, { known, content, changes: { ...changes } })
  })
}

/**
 * Makes a deployment what it was in an earlier revision, by a new one that says the same. Its
 * webhooks may have gone since. Needs `deployments:manage`.
 * @throws DomainError `not-found` for deployment or revision; `invalid` when the prompt, its version
 * or the provider is not there any more.
 */
export async function rollBackDeployment(
  ctx: DeploymentContext,
  id: string,
  revision: number,
): Promise<Deployment> {
  allow(ctx.caller, 'deployments:manage')
  const earlier = await ctx.db.read((tx) => findRevision(tx, id, revision))
  if (earlier !== undefined) await checkModel(ctx, earlier)
  return ctx.db.write(async (tx) => {
    const known = await lockedDeployment(tx, id)
    if (earlier === undefined) {
      throw new DomainError('not-found', `The deployment ${known.name} has no revision ${revision}`)
    }
    const content = contentOf(earlier)
    await checkVersion(tx, content)
    return revised(tx, ctx, { known, content, changes: { rolledBackTo: revision } })
  })
}

/**
 * Deletes a deployment with its history; its executions stay. Needs `deployments:manage`.
 * @throws DomainError `not-found`.
 */
export async function deleteDeployment(ctx: DeploymentContext, id: string): Promise<void> {
  allow(ctx.caller, 'deployments:manage')
  await ctx.db.write(async (tx) => {
    const { name } = await lockedDeployment(tx, id)
    await removeDeployment(tx, id)
    await noteChange(tx, ctx, { kind, id, act: 'delete', changes: { name } })
  })
}

async function lockedDeployment(tx: WriteTx, id: string): Promise<Deployment> {
  const known = await lockDeployment(tx, id)
  if (known === undefined) throw deploymentNotFound(id)
  return known
}

interface Revising {
  readonly known: Deployment
  readonly content: DeploymentContent
  /** For the audit. */
  readonly changes: Readonly<Record<string, unknown>>
}

async function revised(
  tx: WriteTx,
  ctx: DeploymentContext,
  { known, content, changes }: Revising,
): Promise<Deployment> {
  const { id } = known
  const updatedAt = Math.max(ctx.clock.nowSeconds(), known.updatedAt)
  if (isSameContent(known, content)) {
    await touchDeployment(tx, id, updatedAt)
    return { ...known, updatedAt }
  }
  const deployment = { ...known, ...content, revision: known.revision + 1, updatedAt }
  await saveRevision(tx, deployment, identityOf(ctx.caller))
  const { revision } = deployment
  await noteChange(tx, ctx, { kind, id, act: 'update', changes: { revision, ...changes } })
  return deployment
}
