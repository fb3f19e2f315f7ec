import { anyOf } from '../../platform/db/any-of.ts'
import { defineGroup, defineTask, type Tx } from '../../platform/db/database.ts'

export interface KeptRow {
  readonly key: string
  readonly keptAt: number
  readonly expiresAt: number
  /** Bytes of the value. */
  readonly size: number
  readonly value: string
}

/** A row to keep, and the bound of all rows together. */
export interface KeepInput {
  readonly row: KeptRow
  readonly maxBytes: number
}

/** The value under a key that holds at a time. */
export const keptValue = defineTask<
  { readonly key: string; readonly nowSeconds: number },
  string | undefined
>({
  module: import.meta.url,
  name: 'keptValue',
  async run(tx, { key, nowSeconds }) {
    const row = await tx.db
      .selectFrom('response_cache')
      .select('value')
      .where('key', '=', key)
      .where('expires_at', '>', nowSeconds)
      .executeTakeFirst()
    return row?.value
  },
})

/**
 * Keeps values, each in the place of what was under its key. Once all together are over the bound,
 * the oldest make room for more than the next ones. Whoever writes holds the row of the size, so that it stays true.
 */
export const keepRows = defineGroup<KeepInput, null>({
  module: import.meta.url,
  name: 'keepRows',
  survives: 'process-crash',
  async run(tx, inputs) {
    const rows = new Map(inputs.map(({ row }) => [row.key, row]))
    let bytes = await lockSize(tx)
    bytes -= await deleteRows(tx, [...rows.keys()])
    await tx.insertMany(
      'response_cache',
      [...rows.values()].map((row) => ({
        key: row.key,
        kept_at: row.keptAt,
        expires_at: row.expiresAt,
        size: row.size,
        value: row.value,
      })),
    )
    for (const { size } of rows.values()) bytes += size
    const maxBytes = Math.min(...inputs.map((input) => input.maxBytes))
    await saveSize(tx, await removeOldest(tx, bytes, maxBytes))
    return { replies: inputs.map(() => null), events: [] }
  },
})

const rowsAtATime = 200

/** What is left of a full cache. */
const leftShare = 0.9

/** Gives the size that is left. */
async function removeOldest(tx: Tx, before: number, maxBytes: number): Promise<number> {
  if (before <= maxBytes) return before
  const enough = maxBytes * leftShare
  let bytes = before
  while (bytes > enough) {
    const oldest = await tx.db
      .selectFrom('response_cache')
      .select(['key', 'size'])
      .orderBy('kept_at')
      .orderBy('key')
      .limit(rowsAtATime)
      .execute()
    if (oldest.length === 0) return 0
    const keys: string[] = []
    let left = bytes
    for (const { key, size } of oldest) {
      if (left <= enough) break
      keys.push(key)
      left -= size
    }
    bytes -= await deleteRows(tx, keys)
  }
  return bytes
}

/** Removes some of the rows whose time is over; gives how many. */
export async function deleteExpired(tx: Tx, nowSeconds: number): Promise<number> {
  const bytes = await lockSize(tx)
  const rows = await tx.db
    .selectFrom('response_cache')
    .select('key')
    .where('expires_at', '<=', nowSeconds)
    .orderBy('expires_at')
    .limit(rowsAtATime)
    .execute()
  const keys = rows.map(({ key }) => key)
  if (keys.length > 0) await saveSize(tx, bytes - (await deleteRows(tx, keys)))
  return keys.length
}

/** Gives the bytes that are free then. */
async function deleteRows(tx: Tx, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0
  const rows = await tx.db
    .deleteFrom('response_cache')
    .where(anyOf(tx.dialect, 'key', keys))
    .returning('size')
    .execute()
  return rows.reduce((sum, { size }) => sum + size, 0)
}

/** There is one size. */
const sizeId = 1

/** The size of all rows; nobody else writes any before the transaction ends. */
async function lockSize(tx: Tx): Promise<number> {
  const query = tx.db
    .selectFrom('response_cache_size')
    .select('bytes')
    .where('id', '=', sizeId)
    .$if(tx.dialect === 'postgres', (select) => select.forUpdate())
  const known = await query.executeTakeFirst()
  if (known !== undefined) return known.bytes
  await tx.insertMany('response_cache_size', [{ id: sizeId, bytes: 0 }], 'ignore')
  return (await query.executeTakeFirst())?.bytes ?? 0
}

async function saveSize(tx: Tx, bytes: number): Promise<void> {
  await tx.db.updateTable('response_cache_size').set({ bytes }).where('id', '=', sizeId).execute()
}
