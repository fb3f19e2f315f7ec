import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { findSetting, keepSetting } from './store.ts'

const fingerprintKey = 'master_key_fingerprint'

/**
 * Binds a store to the key that seals its secrets: the first key is remembered, any other is
 * refused, because it could open nothing and would seal secrets that the first cannot open.
 * @throws DomainError `precondition` for another key.
 */
export async function checkMasterKey(
  ctx: Uses<'db' | 'clock' | 'vault' | 'caller'>,
): Promise<void> {
  allow(ctx.caller, 'settings:manage')
  const value = JSON.stringify(ctx.vault.fingerprint)
  const known =
    (await ctx.db.read((tx) => findSetting(tx, fingerprintKey))) ??
    (await ctx.db.write(async (tx) => {
      await keepSetting(tx, { key: fingerprintKey, value, at: ctx.clock.nowSeconds() })
      return findSetting(tx, fingerprintKey)
    }))
  if (known === value) return
  throw new DomainError(
    'precondition',
    'The secrets in this database were sealed with another key: give the PHAROS_ENCRYPTION_KEY or the secret.key it was first started with',
  )
}
