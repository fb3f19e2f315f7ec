import { DomainError } from '../../platform/domain-error.ts'
import {
  createExecutions,
  getExecution,
  whenEnded,
  type ExecutionView,
} from '../executions/index.ts'
import { allow, lendScope } from '../identity/index.ts'
import { checkVersion } from './check-deployment.ts'
import { deploymentNotFound, type Deployment } from './deployment.ts'
import { findDeployment } from './deployment-store.ts'
import type { DeploymentContext } from './powers.ts'

export interface DeploymentRun {
  readonly userInput: string
  /** What the client calls its trace. */
  readonly traceLabel?: string
  readonly fileId?: string
}

/** How long whoever asked waits for the end; whoever leaves ends the wait, and not the run. */
export interface RunWait {
  readonly seconds: number
  readonly signal: AbortSignal
}

export interface StartedRun {
  readonly executionId: string
  /** Where it was waited for and has ended in time. */
  readonly execution?: ExecutionView
}

/**
 * Has the version that a deployment names run once, with what it says, as an execution. Needs
 * `deployments:run`, and nothing that executions need otherwise. Source: hypersigil contract §8.1.
 * @throws DomainError `not-found` for the name; `invalid` when the prompt, its version or the file is
 * not there, or the input does not fit.
 */
export async function runDeployment(
  ctx: DeploymentContext,
  name: string,
  { run, wait }: { readonly run: DeploymentRun; readonly wait?: RunWait },
): Promise<StartedRun> {
  allow(ctx.caller, 'deployments:run')
  const deployment = await ctx.db.read(async (tx) => {
    const found = await findDeployment(tx, 'name', name)
    if (found !== undefined) await checkVersion(tx, found)
    return found
  })
  if (deployment === undefined) throw deploymentNotFound(name)
  const [executionId] = await started(ctx, deployment, run)
  if (executionId === undefined) throw new Error('One model makes one execution')
  if (wait === undefined || !(await whenEnded(ctx, executionId, wait))) return { executionId }
  const reader = { ...ctx, caller: lendScope(ctx.caller, 'executions:read') }
  return { executionId, execution: await getExecution(reader, executionId) }
}

/** Something of it that is missing is a fault of the deployment or the input, not of the name. */
async function started(
  ctx: DeploymentContext,
  deployment: Deployment,
  run: DeploymentRun,
): Promise<readonly string[]> {
  const { id, name, revision, promptId, promptVersion, provider, model } = deployment
  try {
    const asker = { ...ctx, caller: lendScope(ctx.caller, 'executions:run') }
    const { ids } = await createExecutions(asker, {
      ...run,
      promptId,
      promptVersion,
      models: [`${provider}:${model}`],
      ...(deployment.options !== null && { options: { ...deployment.options } }),
      webhookIds: deployment.webhookIds ?? [],
      deployment: { id, revision, name },
    })
    return ids
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not-found') throw error
    throw new DomainError('invalid', error.message, { details: error.details, cause: error })
  }
}
