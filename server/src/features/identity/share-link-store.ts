import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'

/** What a public link leads to. */
export interface ShareTarget {
  readonly kind: 'log' | 'collection'
  readonly targetId: string
}

export interface ShareLink extends ShareTarget {
  readonly tokenHash: string
  readonly sealedToken: string
  readonly createdBy: string
  readonly createdAt: number
}

/** Whatever link led to the target is gone; call it only with the target's own row locked. */
export async function replaceShareLink(tx: Tx, link: ShareLink): Promise<void> {
  await deleteShareLink(tx, link)
  await tx.db
    .insertInto('share_links')
    .values({
      token_hash: link.tokenHash,
      kind: link.kind,
      target_id: link.targetId,
      sealed_token: link.sealedToken,
      created_by: link.createdBy,
      created_at: link.createdAt,
    })
    .execute()
}

export async function deleteShareLink(tx: Tx, { kind, targetId }: ShareTarget): Promise<void> {
  await tx.db
    .deleteFrom('share_links')
    .where('kind', '=', kind)
    .where('target_id', '=', targetId)
    .execute()
}

export async function targetOfToken(
  tx: Tx,
  kind: ShareTarget['kind'],
  tokenHash: string,
): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('share_links')
    .select('target_id')
    .where('token_hash', '=', tokenHash)
    .where('kind', '=', kind)
    .executeTakeFirst()
  return row?.target_id
}

/** Sealed tokens by target, of those that have a link. */
export async function sealedTokens(
  tx: Tx,
  kind: ShareTarget['kind'],
  targetIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.db
    .selectFrom('share_links')
    .select(['target_id', 'sealed_token'])
    .where('kind', '=', kind)
    .where(anyOf(tx.dialect, 'target_id', targetIds))
    .execute()
  return new Map(rows.map((row) => [row.target_id, row.sealed_token]))
}
