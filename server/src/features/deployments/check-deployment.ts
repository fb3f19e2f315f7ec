import type { Tx } from '../../platform/db/database.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { modelNameOf } from '../executions/index.ts'
import { lendScope } from '../identity/index.ts'
import { resolveModel } from '../models/index.ts'
import { findVersion } from '../prompts/index.ts'
import { unknownDestinations } from '../webhooks/index.ts'
import type { DeploymentContent } from './deployment.ts'
import type { DeploymentContext } from './powers.ts'

const faultsOfNames: ReadonlySet<ErrorCode> = new Set(['invalid', 'not-found', 'precondition'])

/**
 * Whether a name leads to a provider that can be called; whether that has the model shows only when
 * it is asked. Lists of models may have to be fetched: not while the writer is held.
 * @throws DomainError `invalid`.
 */
export async function checkModelName(
  ctx: DeploymentContext,
  { name, param }: { readonly name: string; readonly param: string },
): Promise<void> {
  try {
    // Whoever manages deployments need not be one who runs them.
    await resolveModel({ ...ctx, caller: lendScope(ctx.caller, 'completions:run') }, name)
  } catch (error) {
    if (!(error instanceof DomainError) || !faultsOfNames.has(error.code)) throw error
    throw new DomainError('invalid', error.message, { details: { param }, cause: error })
  }
}

/** As `checkModelName`, for a provider in the words of clients. */
export async function checkModel(
  ctx: DeploymentContext,
  { provider, model }: Pick<DeploymentContent, 'provider' | 'model'>,
): Promise<void> {
  await checkModelName(ctx, { name: modelNameOf(provider, model), param: 'provider' })
}

/** @throws DomainError `invalid` for a prompt or a version that is not there. */
export async function checkVersion(
  tx: Tx,
  { promptId, promptVersion }: Pick<DeploymentContent, 'promptId' | 'promptVersion'>,
): Promise<void> {
  if ((await findVersion(tx, promptId, promptVersion)) !== undefined) return
  const isKnown = (await findVersion(tx, promptId)) !== undefined
  const message = isKnown
    ? `The prompt ${promptId} has no version ${promptVersion}`
    : `There is no prompt ${promptId}`
  const param = isKnown ? 'promptVersion' : 'promptId'
  throw new DomainError('invalid', message, { details: { param } })
}

/** @throws DomainError `invalid` for a destination that is not there. */
export async function checkWebhooks(tx: Tx, ids: readonly string[]): Promise<void> {
  const [missing] = await unknownDestinations(tx, ids)
  if (missing === undefined) return
  throw new DomainError('invalid', `There is no webhook destination ${missing}`, {
    details: { param: 'webhookDestinationIds' },
  })
}
