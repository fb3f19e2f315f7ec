import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject } from '../../platform/json.ts'
import { inputTypes, type InputType } from './embedding-deployment.ts'

export const embeddingJobType = 'generate-embedding'

/** Texts that are to become vectors. Source of the first names: hypersigil contract §8.3. */
export interface EmbeddingJob {
  readonly inputs: string | readonly string[]
  readonly model: string
  readonly inputType: InputType | null
  readonly webhookDestinationIds: readonly string[]
  readonly deploymentId: string
  readonly deploymentName: string
  /** The API key that it counts against; null where somebody asked without one. */
  readonly keyId: string | null
}

/** @throws DomainError `invalid` for what no run of a deployment has made. */
export function readEmbeddingJob(data: unknown): EmbeddingJob {
  const given = isJsonObject(data) ? data : {}
  const { model, inputType, deploymentId, deploymentName, keyId } = given
  const inputs = typeof given['inputs'] === 'string' ? given['inputs'] : textsOf(given['inputs'])
  if (typeof model !== 'string' || inputs.length === 0) {
    throw new DomainError('invalid', 'Vectors need inputs and a model')
  }
  return {
    inputs,
    model,
    inputType: inputTypes.find((type) => type === inputType) ?? null,
    webhookDestinationIds: textsOf(given['webhookDestinationIds']),
    deploymentId: textOf(deploymentId) ?? '',
    deploymentName: textOf(deploymentName) ?? '',
    keyId: textOf(keyId),
  }
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
