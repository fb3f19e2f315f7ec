import { defineTask, type Tx } from '../../platform/db/database.ts'

/** A setting of the whole server belongs to nobody. */
export const everybody = ''

/** The JSON text of a setting: of the whole server, or of one user. */
export async function findSetting(
  tx: Tx,
  key: string,
  userId: string = everybody,
): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', key)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.value
}

/** Keeps a setting that nobody has kept yet, and tells whether it did: the first writer's stays. */
export async function keepSetting(
  tx: Tx,
  setting: StoredSetting & { readonly by?: string | null; readonly at: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows: count } = await tx.db
    .insertInto('settings')
    .values({
      key: setting.key,
      user_id: everybody,
      value: setting.value,
      updated_by: setting.by ?? null,
      updated_at: setting.at,
    })
    .onConflict((clash) => clash.columns(['key', 'user_id']).doNothing())
    .executeTakeFirst()
  return count === 1n
}

export interface StoredSetting {
  readonly key: string
  /** JSON text. */
  readonly value: string
}

/** Puts a setting in the place of what may be there. */
export async function storeSetting(
  tx: Tx,
  setting: StoredSetting & {
    readonly userId: string
    readonly by: string | null
    readonly at: number
  },
): Promise<void> {
  const { key, userId, value, by, at } = setting
  const changed = { value, updated_by: by, updated_at: at }
  await tx.db
    .insertInto('settings')
    .values({ key, user_id: userId, ...changed })
    .onConflict((clash) => clash.columns(['key', 'user_id']).doUpdateSet(changed))
    .execute()
}

export async function dropSetting(tx: Tx, key: string, userId: string): Promise<void> {
  await tx.db.deleteFrom('settings').where('key', '=', key).where('user_id', '=', userId).execute()
}

/** How many settings of one user, or of the whole server, begin so. */
export async function countSettings(tx: Tx, prefix: string, userId: string): Promise<number> {
  const row = await tx.db
    .selectFrom('settings')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('user_id', '=', userId)
    .where('key', '>=', prefix)
    // The next character after the underscore that ends a prefix.
    .where('key', '<', `${prefix.slice(0, -1)}\u0060`)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

/** All settings of one user, or of the whole server, in the order of their keys. */
export async function settingsOf(tx: Tx, userId: string): Promise<readonly StoredSetting[]> {
  return tx.db
    .selectFrom('settings')
    .select(['key', 'value'])
    .where('user_id', '=', userId)
    .orderBy('key')
    .execute()
}

/** The settings of the whole server, read beside the data. */
export const storedSettings = defineTask({
  module: import.meta.url,
  name: 'storedSettings',
  run: (tx, _input: null) => settingsOf(tx, everybody),
})
