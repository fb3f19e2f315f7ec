import { allow, type Uses } from '../identity/index.ts'
import { keyProviders, providerKeyPurpose, type KeyProvider } from './key-provider.ts'
import { selectConnections } from './connection-store.ts'

/** As much of a stored key as may be shown: enough for any mask, never the key. */
export interface ShownKey {
  /** Characters (Unicode code points) of the whole key. */
  readonly length: number
  /** Its last four characters; empty when the key has no more than four. */
  readonly lastFour: string
}

export interface ProviderKey {
  readonly provider: KeyProvider
  /** Null when no key is stored; the environment does not count here. */
  readonly stored: ShownKey | null
}

function toShown(secret: string): ShownKey {
  const characters = Array.from(secret)
  const lastFour = characters.length > 4 ? characters.slice(-4).join('') : ''
  return { length: characters.length, lastFour }
}

/** What is stored for each provider, always all of them and in the same order. */
export async function listProviderKeys(
  ctx: Uses<'db' | 'vault' | 'caller'>,
): Promise<readonly ProviderKey[]> {
  allow(ctx.caller, 'settings:manage')
  const rows = await ctx.db.read(selectConnections)
  return keyProviders.map((provider) => {
    const sealed = rows.find(({ name }) => name === provider)?.sealedSecret ?? null
    const stored = sealed === null ? null : toShown(ctx.vault.open(sealed, providerKeyPurpose))
    return { provider, stored }
  })
}
