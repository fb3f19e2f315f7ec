import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ProviderConnectionsTable } from '../../platform/db/schema.ts'

/** A setting of the whole server belongs to nobody. */
const everybody = ''

export interface ConnectionRow {
  readonly name: string
  readonly kind: string
  readonly baseUrl: string | null
  readonly sealedSecret: string | null
  readonly isActive: boolean
}

export interface NewConnection {
  readonly id: string
  readonly name: string
  readonly sealedSecret: string
  readonly createdBy: string | null
  readonly at: number
}

export async function selectConnections(tx: Tx): Promise<readonly ConnectionRow[]> {
  const rows = await tx.db
    .selectFrom('provider_connections')
    .select(connectionColumns)
    .orderBy('name')
    .execute()
  return rows.map(toConnectionRow)
}

/** Asked at every call of a model: one message to the data and one back. */
export const connectionByName = defineTask<string, ConnectionRow | undefined>({
  module: import.meta.url,
  name: 'connectionByName',
  async run(tx, name) {
    const row = await tx.db
      .selectFrom('provider_connections')
      .select(connectionColumns)
      .where('name', '=', name)
      .executeTakeFirst()
    return row && toConnectionRow(row)
  },
})

const connectionColumns = ['name', 'kind', 'base_url', 'secret', 'is_active'] as const

function toConnectionRow(
  row: Pick<ProviderConnectionsTable, (typeof connectionColumns)[number]>,
): ConnectionRow {
  return {
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url,
    sealedSecret: row.secret,
    isActive: row.is_active === 1,
  }
}

/** Gives connections their secrets; makes a connection where there is none of that name. */
export async function saveSecrets(tx: Tx, connections: readonly NewConnection[]): Promise<void> {
  if (connections.length === 0) return
  const rows = connections.map(({ id, name, sealedSecret, createdBy, at }) => ({
    id,
    name,
    kind: name,
    base_url: null,
    secret: sealedSecret,
    is_active: 1,
    created_by: createdBy,
    created_at: at,
    updated_at: at,
  }))
  await tx.db
    .insertInto('provider_connections')
    .values(rows)
    .onConflict((clash) =>
      clash.column('name').doUpdateSet((row) => ({
        secret: row.ref('excluded.secret'),
        updated_at: row.ref('excluded.updated_at'),
      })),
    )
    .execute()
}

/** Takes a connection's secret away and tells whether it had one. */
export async function clearSecret(tx: Tx, name: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('provider_connections')
    .set({ secret: null, updated_at: at })
    .where('name', '=', name)
    .where('secret', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

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
