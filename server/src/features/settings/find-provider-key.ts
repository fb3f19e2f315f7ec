import { allow, type Uses } from '../identity/index.ts'
import { providerKeyPurpose, type KeyProvider } from './provider.ts'
import { selectConnections } from './store.ts'

/** Keys that the operator gave in the environment. */
export type EnvironmentKeys = Readonly<Record<KeyProvider, string | undefined>>

export interface EffectiveKey {
  readonly secret: string
  readonly source: 'environment' | 'database'
}

/**
 * The key to call a provider with: the environment's before the stored one, or the stored one
 * alone where `environment` is null (beacon contract §5.3). A provider that was switched off has
 * none in either case.
 */
export async function findProviderKey(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  provider: KeyProvider,
  environment: EnvironmentKeys | null,
): Promise<EffectiveKey | undefined> {
  allow(ctx.caller, 'completions:run')
  const row = (await ctx.db.read(selectConnections)).find(({ name }) => name === provider)
  if (row?.isActive === false) return undefined
  const given = environment?.[provider]
  if (given !== undefined) return { secret: given, source: 'environment' }
  const sealed = row?.sealedSecret ?? null
  if (sealed === null) return undefined
  return { secret: ctx.vault.open(sealed, providerKeyPurpose), source: 'database' }
}
