import { sql, type Selectable } from 'kysely'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ApiKeysTable } from '../../platform/db/schema.ts'
import { isUsable, type ApiKey } from './api-key.ts'
import { selectHeldKeys, toApiKey, toHeldKey } from './store.ts'
import type { ThunderKey } from './thunder-key.ts'

const format = 'thunder'

function toThunderKey(row: Selectable<ApiKeysTable>): ThunderKey {
  return {
    ...toApiKey(row),
    loginKey: row.login_key,
    sealedLabel: row.sealed_label,
  }
}

export interface ShownSecret {
  readonly secretHash: string
  /** Fingerprint of the same text as a literal key. */
  readonly ownerKey: string
  readonly nowSeconds: number
}

export type FoundSecret =
  | { readonly kind: 'secret' | 'label'; readonly key: ApiKey }
  | { readonly kind: 'owner' }
  | { readonly kind: 'unknown' }

/**
 * Whose key a text is, in one trip to a reader: a key's secret, else a key's label, else the key
 * of an engine that logged. A secret whose key has ended is nothing else any more, and neither is
 * the label of a key that is only over: it says so rather than to become something less.
 * Source: thunder contract §4.2.
 */
export const findSecret = defineTask<ShownSecret, FoundSecret>({
  module: import.meta.url,
  name: 'findSecret',
  async run(tx, { secretHash, ownerKey, nowSeconds }) {
    const keys = selectHeldKeys(tx)
    const row = await keys.where('secret_hash', '=', secretHash).executeTakeFirst()
    if (row !== undefined) {
      const key = toHeldKey(row)
      return isUsable(key, nowSeconds) ? { kind: 'secret', key } : { kind: 'unknown' }
    }
    const labelled = await keys
      .where('login_key', '=', ownerKey)
      .where('api_keys.status', '=', 'active')
      .orderBy('number')
      .execute()
    const label = labelled.map(toHeldKey).find((key) => isUsable(key, nowSeconds))
    if (label !== undefined) return { kind: 'label', key: label }
    if (labelled.length > 0) return { kind: 'unknown' }
    const owners = await selectOwnersWithLogs(tx, [ownerKey])
    return { kind: owners.length > 0 ? 'owner' : 'unknown' }
  },
})

/** One look into the index an owner, however much is logged under each. */
async function selectOwnersWithLogs(
  tx: Tx,
  ownerKeys: readonly string[],
): Promise<readonly string[]> {
  const asked =
    tx.dialect === 'sqlite'
      ? sql`select value as owner_key from json_each(${JSON.stringify(ownerKeys)})`
      : sql`select unnest(${ownerKeys}::text[]) as owner_key`
  const { rows } = await sql<{ owner_key: string }>`
    select asked.owner_key from (${asked}) as asked
    where exists (select 1 from inference_logs where inference_logs.owner_key = asked.owner_key)
  `.execute(tx.db)
  return rows.map((row) => row.owner_key)
}

/** Those of the owner keys under which something is logged. */
export const ownersWithLogs = defineTask<readonly string[], readonly string[]>({
  module: import.meta.url,
  name: 'ownersWithLogs',
  run: selectOwnersWithLogs,
})

/** Thunder's keys, ended ones too, the newest first. */
export async function selectThunderKeys(tx: Tx): Promise<readonly ThunderKey[]> {
  const rows = await tx.db
    .selectFrom('api_keys')
    .selectAll()
    .where('format', '=', format)
    .orderBy('created_at', 'desc')
    .orderBy('number', 'desc')
    .execute()
  return rows.map(toThunderKey)
}

/** One of Thunder's keys that is switched on. Nobody else changes it before the transaction ends. */
export async function selectActiveThunderKey(
  tx: Tx,
  number: number,
): Promise<ThunderKey | undefined> {
  const row = await tx.db
    .selectFrom('api_keys')
    .selectAll()
    .where('number', '=', number)
    .where('format', '=', format)
    .where('status', '=', 'active')
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? undefined : toThunderKey(row)
}

/** Any key by id, as Thunder would know it. */
export const thunderKeyById = defineTask<string, ThunderKey | undefined>({
  module: import.meta.url,
  name: 'thunderKeyById',
  async run(tx, id) {
    const row = await tx.db
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? undefined : toThunderKey(row)
  },
})

export async function saveThunderKey(tx: Tx, key: ThunderKey): Promise<void> {
  await tx.db
    .updateTable('api_keys')
    .set({
      name: key.name,
      description: key.description,
      scopes: key.scopes.join(' '),
      subject: key.subject,
      login_key: key.loginKey,
      sealed_label: key.sealedLabel,
      status: key.status,
      updated_at: key.updatedAt,
    })
    .where('id', '=', key.id)
    .execute()
}

/** Whether there ever was a key that manages keys, of any format. No key is made meanwhile. */
export async function wasThereAnAdminKey(tx: Tx): Promise<boolean> {
  if (tx.dialect === 'postgres') {
    await sql`lock table api_keys in share row exclusive mode`.execute(tx.db)
  }
  const row = await tx.db
    .selectFrom('api_keys')
    .select('id')
    .where('scopes', 'like', '%keys:manage%')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
