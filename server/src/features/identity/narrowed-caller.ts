import { DomainError } from '../../platform/domain-error.ts'
import type { Caller } from './caller.ts'

/** Whether a caller reaches less than its scopes say: its use is limited, or the models it may ask. */
export function isNarrowed(caller: Caller): boolean {
  return caller.kind === 'apiKey' && (caller.limits !== undefined || caller.models !== undefined)
}

/**
 * A key with limits neither makes keys nor changes limits: what it gave another key would come on
 * top of what it may use itself.
 */
export function refuseNarrowed(caller: Caller): void {
  if (!isNarrowed(caller)) return
  throw new DomainError('forbidden', 'A key with limits does not manage keys')
}
