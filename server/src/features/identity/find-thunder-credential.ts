import { hashToken } from '../../platform/secrets/tokens.ts'
import { findCredential, type Shown } from './find-credential.ts'
import { ownerKeyFor, shownOwner } from './owner-key.ts'
import type { Credential } from './resolve-caller.ts'
import { findSecret } from './thunder-key-store.ts'
import { findSessionByToken } from './sessions/find-shown-session.ts'
import { hasSessionTokenForm } from './sessions/session-token.ts'
import type { Uses } from './uses.ts'

export interface ThunderCredential {
  readonly credential: Credential
  /** The key whose secret was shown; a label or an engine's key counts as no use of a key. */
  readonly usedKeyId: string | undefined
}

/**
 * Looks up what a request to Thunder showed. Beside keys and sessions, which hold everywhere,
 * literal keys hold here: labels of keys, and the keys of engines, from their first log on. It is
 * one indexed read each time and nothing is remembered, neither a yes nor a no; only what looks
 * like a session token and is none takes two.
 */
export async function findThunderCredential(
  ctx: Uses<'db' | 'clock' | 'vault' | 'sessionKey' | 'checkSession'>,
  shown: Shown,
): Promise<ThunderCredential> {
  const [secret, second] = new Set(shown.keys)
  if (secret === undefined || second !== undefined) {
    return { credential: await findCredential(ctx, shown), usedKeyId: undefined }
  }
  if (hasSessionTokenForm(secret)) {
    const credential = await findSessionByToken(ctx, secret)
    if (credential.kind === 'session' || credential.kind === 'lapsed')
      return { credential, usedKeyId: undefined }
  }
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
