import type { Tx } from '../../../platform/db/database.ts'
import type { ApiKey } from '../api-key.ts'
import { keysOfOwner, lockKeyOfOwner, toApiKey } from '../store.ts'
import { ownKeyFormat } from './own-key.ts'

/** Those of one person, revoked ones too. */
function keysOf(tx: Tx, userId: string | null) {
  return keysOfOwner(tx, ownKeyFormat, userId)
}

/** The newest first. */
export async function selectOwnKeys(tx: Tx, userId: string | null): Promise<readonly ApiKey[]> {
  const rows = await keysOf(tx, userId)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('number', 'desc')
    .execute()
  return rows.map(toApiKey)
}

export async function findOwnKey(
  tx: Tx,
  userId: string | null,
  id: string,
): Promise<ApiKey | undefined> {
  const row = await keysOf(tx, userId).selectAll().where('id', '=', id).executeTakeFirst()
  return row && toApiKey(row)
}

/** Nobody else changes it before the transaction ends. */
export async function lockOwnKey(
  tx: Tx,
  userId: string | null,
  id: string,
): Promise<ApiKey | undefined> {
  const row = await lockKeyOfOwner(tx, { format: ownKeyFormat, userId, id })
  return row && toApiKey(row)
}

export interface OwnKeyCount {
  readonly total: number
  readonly active: number
  /** Of all of them, revoked ones too. */
  readonly requests: number
}

export async function countOwnKeys(tx: Tx, userId: string | null): Promise<OwnKeyCount> {
  const row = await keysOf(tx, userId)
    .select(({ fn, eb }) => [
      fn.countAll<number | string>().as('total'),
      fn
        .sum<number | string | null>(eb.case().when('status', '=', 'active').then(1).else(0).end())
        .as('active'),
      fn.sum<number | string | null>('request_count').as('requests'),
    ])
    .executeTakeFirstOrThrow()
  return {
    total: Number(row.total),
    active: Number(row.active ?? 0),
    requests: Number(row.requests ?? 0),
  }
}
