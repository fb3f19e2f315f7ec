import { allow, type Uses } from '../identity/index.ts'
import { deploymentNotFound, type Deployment, type DeploymentRevision } from './deployment.ts'
import {
  findDeployment,
  pageOfDeployments,
  pageOfRevisions,
  type DeploymentQuery,
} from './deployment-store.ts'

type Ctx = Uses<'db' | 'caller'>

/** A page of deployments. Needs `prompts:read`. */
export async function listDeployments(
  ctx: Ctx,
  query: DeploymentQuery,
): Promise<{ readonly deployments: readonly Deployment[]; readonly total: number }> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => pageOfDeployments(tx, query))
}

/** A deployment. Needs `prompts:read`. @throws DomainError `not-found`. */
export async function getDeployment(ctx: Ctx, id: string): Promise<Deployment> {
  allow(ctx.caller, 'prompts:read')
  const deployment = await ctx.db.read((tx) => findDeployment(tx, 'id', id))
  if (deployment === undefined) throw deploymentNotFound(id)
  return deployment
}

/** The deployment of a name. Needs `prompts:read`. @throws DomainError `not-found`. */
export async function getDeploymentByName(ctx: Ctx, name: string): Promise<Deployment> {
  allow(ctx.caller, 'prompts:read')
  const deployment = await ctx.db.read((tx) => findDeployment(tx, 'name', name))
  if (deployment === undefined) throw deploymentNotFound(name)
  return deployment
}

/**
 * A page of what a deployment has been, the newest revision, which counts now, first. Needs
 * `prompts:read`.
 * @throws DomainError `not-found`.
 */
export async function listRevisions(
  ctx: Ctx,
  id: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly revisions: readonly DeploymentRevision[]; readonly total: number }> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read(async (tx) => {
    if ((await findDeployment(tx, 'id', id)) === undefined) throw deploymentNotFound(id)
    return pageOfRevisions(tx, id, page)
  })
}
