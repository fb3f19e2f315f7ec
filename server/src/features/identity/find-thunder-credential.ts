import { hashToken } from '../../platform/secrets/tokens.ts'
import { ownerKeyFor, shownOwner } from './owner-key.ts'
import type { Credential } from './resolve-caller.ts'
import { findSecret } from './thunder-key-store.ts'
import type { Uses } from './uses.ts'

export interface ThunderCredential {
  readonly credential: Credential
  /** The key whose secret was shown; a label or an engine's key counts as no use of a key. */
  readonly usedKeyId: string | undefined
}

/**
 * Looks up what a request to Thunder showed. Beside the secrets of keys, which hold everywhere,
 * literal keys hold here: labels of keys, and the keys of engines, from their first log on. It is
 * one indexed read each time and nothing is remembered, neither a yes nor a no.
 */
export async function findThunderCredential(
  ctx: Uses<'db' | 'clock' | 'vault'>,
  secrets: readonly string[],
): Promise<ThunderCredential> {
  const [secret, second] = new Set(secrets)
  if (secret === undefined) return { credential: { kind: 'none' }, usedKeyId: undefined }
  if (second !== undefined) return { credential: { kind: 'conflict' }, usedKeyId: undefined }
  const ownerKey = ownerKeyFor(ctx, secret)
  const nowSeconds = ctx.clock.nowSeconds()
  const secretHash = hashToken(secret)
  const found = await ctx.db.run(findSecret, { secretHash, ownerKey, nowSeconds })
  switch (found.kind) {
    case 'secret':
    case 'label': {
      const { key, kind } = found
      const usedKeyId = kind === 'secret' ? key.id : undefined
      return { credential: { kind: 'apiKey', key }, usedKeyId }
    }
    case 'owner': {
      const name = shownOwner(secret)
      return { credential: { kind: 'ownerKey', ownerKey, name }, usedKeyId: undefined }
    }
    case 'unknown':
      return { credential: { kind: 'unknown' }, usedKeyId: undefined }
  }
}
