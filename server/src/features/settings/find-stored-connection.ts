import { allow, type Uses } from '../identity/index.ts'
import { providerKeyPurpose } from './provider.ts'
import { connectionByName } from './store.ts'

/** A provider connection as somebody stored it: a key, another address, or a switch. */
export interface StoredConnection {
  readonly kind: string
  readonly baseUrl: string | null
  readonly isActive: boolean
  readonly hasSecret: boolean
  /** Throws `precondition` for a key that this server's master key did not seal. */
  openSecret(): string | null
}

/** What is stored for a connection; undefined when nothing is. Needs `completions:run`. */
export async function findStoredConnection(
  ctx: Uses<'db' | 'vault' | 'caller'>,
  name: string,
): Promise<StoredConnection | undefined> {
  allow(ctx.caller, 'completions:run')
  const row = await ctx.db.run(connectionByName, name)
  if (!row) return undefined
  const { kind, baseUrl, isActive, sealedSecret } = row
  const openSecret = (): string | null =>
    sealedSecret === null ? null : ctx.vault.open(sealedSecret, providerKeyPurpose)
  return { kind, baseUrl, isActive, hasSecret: sealedSecret !== null, openSecret }
}
