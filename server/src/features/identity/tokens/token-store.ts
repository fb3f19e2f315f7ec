import type { Selectable } from 'kysely'
import { defineTask, type Tx } from '../../../platform/db/database.ts'
import type { ApiKeysTable } from '../../../platform/db/schema.ts'
import type { UnsavedKey } from '../api-key.ts'
import { insertKey, keysOfOwner, lockKeyOfOwner, toApiKey } from '../store.ts'
import { toLevel } from './token-level.ts'
import { tokenFormat, type Token } from './token.ts'

export interface TokenPage {
  readonly page: number
  readonly pageSize: number
}

/** A token is a row of `api_keys` whose cap is its level. */
export async function insertToken(
  tx: Tx,
  { level, ...key }: UnsavedKey<Token>,
  secretHash: string,
): Promise<Token> {
  return { ...(await insertKey(tx, { ...key, roleCap: level }, secretHash)), level }
}

function toToken(row: Selectable<ApiKeysTable>): Token {
  return { ...toApiKey(row), level: toLevel(row.role_cap) }
}

/** Those of one owner that have not been deleted. */
function tokensOf(tx: Tx, userId: string | null) {
  return keysOfOwner(tx, tokenFormat, userId).where('status', '!=', 'revoked')
}

/** A page of an owner's tokens, the newest first, and how many there are. */
export async function selectTokens(
  tx: Tx,
  userId: string | null,
  { page, pageSize }: TokenPage,
): Promise<{ readonly tokens: readonly Token[]; readonly total: number }> {
  const rows = await tokensOf(tx, userId)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute()
  const { count } = await tokensOf(tx, userId)
    .select((is) => is.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const tokens = rows.map(toToken)
  return { tokens, total: Number(count) }
}

/** An owner's token that was not deleted; nobody else changes it before the transaction ends. */
export async function lockToken(
  tx: Tx,
  userId: string | null,
  id: string,
): Promise<Token | undefined> {
  const row = await lockKeyOfOwner(tx, { format: tokenFormat, userId, id })
  const isGone = row === undefined || row.status === 'revoked'
  return isGone ? undefined : toToken(row)
}

/** Whether a token was made whose shown part is this. */
export const isPrefixKnown = defineTask<string, boolean>({
  module: import.meta.url,
  name: 'isPrefixKnown',
  async run(tx, prefix) {
    const row = await tx.db
      .selectFrom('api_keys')
      .select('id')
      .where('prefix', '=', prefix)
      .where('format', '=', tokenFormat)
      .executeTakeFirst()
    return row !== undefined
  },
})
