import { hashToken, hasTokenForm } from '../../platform/secrets/tokens.ts'
import { isUsable } from './api-key.ts'
import type { Credential } from './resolve-caller.ts'
import { keyByHash } from './store.ts'
import type { Uses } from './uses.ts'

/**
 * Looks up what a request showed: the secrets of all places in which it may show one. Each
 * look-up is one indexed read and is never cached, so that a key ends everywhere, in every
 * process, at the moment it is revoked.
 */
export async function findCredential(
  ctx: Uses<'db' | 'clock'>,
  secrets: readonly string[],
): Promise<Credential> {
  const [secret, second] = new Set(secrets)
  if (secret === undefined) return { kind: 'none' }
  if (second !== undefined) return { kind: 'conflict' }
  // Clients of model gateways always send something; most of it cannot be a key of ours.
  if (!hasTokenForm(secret)) return { kind: 'unknown' }
  const key = await ctx.db.run(keyByHash, hashToken(secret))
  if (key === undefined || !isUsable(key, ctx.clock.nowSeconds())) return { kind: 'unknown' }
  return { kind: 'apiKey', key }
}
