import type { Vault } from '../../platform/secrets/vault.ts'

/**
 * The key that signs what goes to destinations without one of their own: the operator's, or one
 * derived from the master key, in hex. Both are used as text, because receivers keep them so.
 */
export function webhookKeyOf(vault: Vault, given: string | undefined): string {
  return given ?? vault.deriveKey('webhook-signature').toString('hex')
}
