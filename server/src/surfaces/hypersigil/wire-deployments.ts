import type { WireEmbeddingDeployment } from '@pharos/contract/hypersigil/deployment-embeddings.ts'
import type { WireDeployment, WireRevision } from '@pharos/contract/hypersigil/deployments.ts'
import type {
  Deployment,
  DeploymentOptions,
  DeploymentRevision,
  EmbeddingDeployment,
} from '../../features/deployments/index.ts'
import type { JobWriter } from '../../features/jobs/index.ts'
import { jsonWith } from '../../platform/json-text.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'

export function toDeployment(deployment: Deployment): WireDeployment {
  return {
    id: deployment.id,
    name: deployment.name,
    ...toContent(deployment),
    revision: deployment.revision,
    created_at: toTime(deployment.createdAt),
    updated_at: toTime(deployment.updatedAt),
  }
}

export function toRevision(revision: DeploymentRevision): WireRevision {
  const { createdAt } = revision
  return {
    revision: revision.revision,
    ...toContent(revision),
    created_at: toTime(createdAt),
  }
}

function toContent(
  content: Omit<DeploymentRevision, 'revision' | 'createdAt'>,
): Omit<WireRevision, 'revision' | 'created_at'> {
  const { promptId, promptVersion, provider, model, options, webhookIds } = content
  return {
    promptId,
    promptVersion,
    provider,
    model,
    ...(options !== null && { options }),
    ...(webhookIds !== null && { webhookDestinationIds: [...webhookIds] }),
  }
}

/** The same without what was not sent. */
export function fromOptions(options: {
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly topK?: number | undefined
}): DeploymentOptions {
  const { temperature, topP, topK } = options
  return withoutUndefined({ temperature, topP, topK })
}

export function toEmbeddingDeployment(deployment: EmbeddingDeployment): WireEmbeddingDeployment {
  const { id, name, model, inputType, webhookIds } = deployment
  return {
    id,
    name,
    model,
    inputType,
    webhookDestinationIds: [...webhookIds],
    created_at: toTime(deployment.createdAt),
    updated_at: toTime(deployment.updatedAt),
  }
}

/**
 * The end of a job that turned texts into vectors, as the text of a reply. Runs where the row is read.
 * @public loaded by name
 */
export const writeEndedEmbedding: JobWriter = (job) => {
  const { id: jobId, status, result } = job
  const error = job.terminationReason ?? job.error
  const isDone = status === 'completed'
  const said = { jobId, status, ...(!isDone && error !== null && { error }) }
  return `{"data":${jsonWith(said, { result: isDone ? result : undefined })}}`
}

export const endedEmbeddingWriter = { module: import.meta.url, name: 'writeEndedEmbedding' }
