import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject } from '../../platform/json.ts'

export const executionJobType = 'execution'

/** What the row of an execution does not say. */
export interface ExecutionJob {
  readonly executionId: string
  readonly provider: string
  /** The API key that it counts against; null where somebody asked without one. */
  readonly keyId: string | null
  readonly deploymentName: string | null
}

/** Throws DomainError `invalid` for what is no such thing. */
export function readExecutionJob(data: unknown): ExecutionJob {
  const {
    executionId,
    provider,
    keyId = null,
    deploymentName = null,
  } = isJsonObject(data) ? data : {}
  if (typeof executionId !== 'string' || typeof provider !== 'string') {
    throw new DomainError('invalid', 'An execution needs executionId and provider')
  }
  return { executionId, provider, keyId: textOf(keyId), deploymentName: textOf(deploymentName) }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
