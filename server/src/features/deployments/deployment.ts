import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'

/** How a model is to answer; what is not given is the provider's affair. */
export interface DeploymentOptions {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
}

/** What a name stands for: a version of a prompt on a model. */
export interface DeploymentContent {
  readonly promptId: string
  readonly promptVersion: number
  /** As clients name it, for example `gemini`. */
  readonly provider: string
  readonly model: string
  readonly options: DeploymentOptions | null
  /** Who is told of each run; null where nobody ever said. */
  readonly webhookIds: readonly string[] | null
}

/** Software calls it by its name, whatever it is by then. */
export interface Deployment extends DeploymentContent {
  readonly id: string
  /** Never changes. */
  readonly name: string
  /** From 1, one more with each change. */
  readonly revision: number
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a deployment was, from a time on. */
export interface DeploymentRevision extends DeploymentContent {
  readonly revision: number
  readonly createdAt: number
}

/** Nothing but the content, as it can be stored. */
export function contentOf(from: DeploymentContent): DeploymentContent {
  const { promptId, promptVersion, provider, model, options, webhookIds } = from
  const stored = { model: toStorableText(model), options, webhookIds }
  return { promptId, promptVersion, provider, ...stored }
}

export function isSameContent(one: DeploymentContent, other: DeploymentContent): boolean {
  return JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other))
}

export function deploymentNotFound(idOrName: string): DomainError {
  return new DomainError('not-found', `There is no deployment ${idOrName}`)
}

export function nameTaken(name: string): DomainError {
  const message = `There is a deployment ${JSON.stringify(name)} already`
  return new DomainError('conflict', message, { details: { param: 'name' } })
}
