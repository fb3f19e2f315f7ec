import { DomainError } from '../../platform/domain-error.ts'
import {
  callerOfKey,
  jobCaller,
  lendScope,
  mayUse,
  type Caller,
  type Uses,
} from '../identity/index.ts'

interface Asked {
  readonly keyId: string | null
  readonly deploymentName: string | null
}

/**
 * In whose name an execution is run. One that was made with an API key counts on the limits that
 * the key has now, and reaches the models that it may reach now.
 * @throws DomainError `forbidden` for a key that was revoked meanwhile.
 */
export async function makerOf(
  ctx: Uses<'db' | 'clock'>,
  { keyId, deploymentName }: Asked,
): Promise<Caller> {
  if (keyId === null) return jobCaller('execution', ['completions:run'])
  const caller = await callerOfKey(ctx, keyId)
  const scope = deploymentName === null ? 'executions:run' : 'deployments:run'
  if (caller === undefined || !mayUse(caller, scope)) {
    const text = 'The API key that asked for this was revoked, or may not run executions any more'
    throw new DomainError('forbidden', text)
  }
  return lendScope(caller, 'completions:run')
}
