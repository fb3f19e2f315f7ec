import { allow, mayUse, ownerKeyOf, type Caller, type Uses } from '../identity/index.ts'
import type { Reach } from '../traces/index.ts'
import type { ActivationPowers } from './powers.ts'

/** Stands where other runs have an owner key; no key has this fingerprint. */
const anonymousOwner = 'anonymous'

/**
 * Whose runs a caller may see, write over and delete: an administrator and a key of the whole team
 * all of them, a key limited to an owner that owner's, somebody without a key those made so.
 */
export function reachOf(caller: Caller): Reach {
  if (mayUse(caller, 'keys:manage')) return 'all'
  const ownerKey = ownerOf(caller)
  return ownerKey === null ? 'all' : { ownerKey }
}

/** What is noted of whoever starts a run; null for the team. */
export function ownerOf(caller: Caller): string | null {
  if (caller.kind === 'anonymous') return anonymousOwner
  return ownerKeyOf(caller) ?? null
}

/**
 * The explorer costs money upstream: it needs the scope `completions:run` unless the operator
 * opened it to everybody. Source: house §8.
 */
export function allowExplorer({
  activationServices,
  caller,
}: Uses<'caller'> & Pick<ActivationPowers, 'activationServices'>): void {
  if (!activationServices.isPublic) allow(caller, 'completions:run')
}
