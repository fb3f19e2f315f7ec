import { hashToken, hasTokenForm } from '../../platform/secrets/tokens.ts'
import { isUsable, type ApiKey } from './api-key.ts'
import type { Credential } from './resolve-caller.ts'
import { findShownSession, findSessionByToken } from './sessions/find-shown-session.ts'
import { hasSessionTokenForm } from './sessions/session-token.ts'
import { keyByHash } from './store.ts'
import { checkTokenForm } from './tokens/bodhi-token.ts'
import type { InstallName } from './tokens/create-token.ts'
import { explainToken } from './tokens/explain-token.ts'
import type { Uses } from './uses.ts'

/** `clientId` names this install in the tokens that it makes. */
export type CredentialPowers = Uses<'db' | 'clock' | 'sessionKey' | 'checkSession'> &
  Partial<InstallName>

/** What a request shows to prove who sends it. */
export interface Shown {
  /** Secrets of all places in which a key may be shown; a session token may stand there too. */
  readonly keys: readonly string[]
  /** What the cookies hold that count for this request. */
  readonly cookies: readonly string[]
}

/**
 * Looks up what a request showed: a key wins over a cookie, good or bad, unless unknown keys are
 * ignored. Each look-up is one indexed read, joined with the person behind it, and is never cached:
 * a key or a session ends everywhere, in every process, at the moment it is ended, and a role counts
 * from the moment it is given.
 */
export async function findCredential(
  ctx: CredentialPowers,
  { keys, cookies }: Shown,
  { ignoresUnknownKeys = false }: { readonly ignoresUnknownKeys?: boolean } = {},
): Promise<Credential> {
  const [secret, second] = new Set(keys)
  if (second !== undefined) return { kind: 'conflict' }
  if (secret === undefined) return findShownSession(ctx, cookies)
  const found = await findByKey(ctx, secret)
  if (found.kind !== 'unknown' || !ignoresUnknownKeys) return found
  const session = await findShownSession(ctx, cookies)
  return session.kind === 'none' ? found : session
}

async function findByKey(ctx: CredentialPowers, secret: string): Promise<Credential> {
  const form = checkTokenForm(secret)
  if (form === 'broken') return unknownKey(ctx, secret, undefined)
  if (form === 'whole' || hasTokenForm(secret)) return findKey(ctx, secret)
  if (hasSessionTokenForm(secret)) return findSessionByToken(ctx, secret)
  // Clients of model gateways always send something; most of it cannot be a key of ours.
  return { kind: 'unknown' }
}

async function findKey(ctx: CredentialPowers, secret: string): Promise<Credential> {
  const key = await ctx.db.run(keyByHash, hashToken(secret))
  const isGood = key !== undefined && isUsable(key, ctx.clock.nowSeconds())
  return isGood ? { kind: 'apiKey', key } : unknownKey(ctx, secret, key)
}

async function unknownKey(
  ctx: CredentialPowers,
  secret: string,
  key: ApiKey | undefined,
): Promise<Credential> {
  const code = await explainToken(ctx, secret, key)
  return code === undefined ? { kind: 'unknown' } : { kind: 'unknown', code }
}
