import type { Tx } from '../../platform/db/database.ts'

/** A setting of the whole server belongs to nobody. */
const everybody = ''

/** The JSON text of a setting of the whole server. */
export async function findSetting(tx: Tx, key: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', key)
    .where('user_id', '=', everybody)
    .executeTakeFirst()
  return row?.value
}

/** Keeps a setting that nobody has kept yet; of several writers the first one's value stays. */
export async function keepSetting(
  tx: Tx,
  setting: { readonly key: string; readonly value: string; readonly at: number },
): Promise<void> {
  await tx.db
    .insertInto('settings')
    .values({
      key: setting.key,
      user_id: everybody,
      value: setting.value,
      updated_by: null,
      updated_at: setting.at,
    })
    .onConflict((clash) => clash.columns(['key', 'user_id']).doNothing())
    .execute()
}
