import type { Tx } from '../../platform/db/database.ts'
import { hashToken, newToken } from '../../platform/secrets/tokens.ts'
import { identityOf } from './identity-of.ts'
import {
  deleteShareLink,
  replaceShareLink,
  sealedTokens,
  targetOfToken,
  type ShareTarget,
} from './share-link-store.ts'
import type { Uses } from './uses.ts'

const purpose = 'share-link'
const token = /^[0-9a-f]{64}$/

/**
 * Gives the token of a new link to a target: 64 hexadecimal digits; the old link is dead once the
 * transaction commits. Nothing about links is cached anywhere, so that holds in every process.
 * Call it only with the target's own row locked by an update. Source: thunder contract §1.10.
 */
export async function mintShareLink(
  ctx: Uses<'vault' | 'clock' | 'caller'>,
  tx: Tx,
  target: ShareTarget,
): Promise<string> {
  const made = newToken('')
  await replaceShareLink(tx, {
    ...target,
    tokenHash: hashToken(made),
    sealedToken: ctx.vault.seal(made, purpose),
    createdBy: identityOf(ctx.caller),
    createdAt: ctx.clock.nowSeconds(),
  })
  return made
}

/** Kills the link to a target, if there is one. */
export async function dropShareLink(tx: Tx, target: ShareTarget): Promise<void> {
  await deleteShareLink(tx, target)
}

/** The id of what a link leads to. Whether the target is still public is the target's to say. */
export async function findShareTarget(
  tx: Tx,
  kind: ShareTarget['kind'],
  presented: string,
): Promise<string | undefined> {
  return token.test(presented) ? targetOfToken(tx, kind, hashToken(presented)) : undefined
}

/** Tokens of the links that lead to these targets, for those who may read the targets. */
export async function shareTokens(
  ctx: Uses<'vault'>,
  tx: Tx,
  kind: ShareTarget['kind'],
  targetIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (targetIds.length === 0) return new Map()
  const sealed = await sealedTokens(tx, kind, targetIds)
  return new Map([...sealed].map(([id, text]) => [id, ctx.vault.open(text, purpose)]))
}
