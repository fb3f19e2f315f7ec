import { sql, type Selectable } from 'kysely'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ProviderConnectionsTable } from '../../platform/db/model-tables.ts'
import { readStrings } from '../../platform/json.ts'
import type { StoredConnection } from './connection.ts'

/** The secret of a connection that may have to be made for it. */
export interface NewSecret {
  readonly id: string
  readonly name: string
  readonly sealedSecret: string
  readonly createdBy: string | null
  readonly at: number
}

export async function selectConnections(tx: Tx): Promise<readonly StoredConnection[]> {
  const rows = await tx.db
    .selectFrom('provider_connections')
    .select(connectionColumns)
    .orderBy('name')
    .execute()
  return rows.map(toStoredConnection)
}

/** Asked at a call of a model: one message to the data and one back. */
export const connectionByName = defineTask<string, StoredConnection | undefined>({
  module: import.meta.url,
  name: 'connectionByName',
  run: selectConnection,
})

export async function selectConnection(
  tx: Tx,
  name: string,
): Promise<StoredConnection | undefined> {
  const row = await tx.db
    .selectFrom('provider_connections')
    .select(connectionColumns)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && toStoredConnection(row)
}

const connectionColumns = [
  'id',
  'name',
  'kind',
  'base_url',
  'secret',
  'is_active',
  'is_guarded',
  'models',
  'label',
  'prefix',
  'api_format',
  'created_by',
  'created_at',
  'updated_at',
] as const

type ConnectionRow = Pick<Selectable<ProviderConnectionsTable>, (typeof connectionColumns)[number]>

function toStoredConnection(row: ConnectionRow): StoredConnection {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url,
    sealedSecret: row.secret,
    isActive: row.is_active === 1,
    isGuarded: row.is_guarded === 1,
    models: row.models === null ? null : readStrings(row.models),
    label: row.label,
    prefix: row.prefix,
    apiFormat: row.api_format,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Saves a connection whole, in place of one of that name; its id, maker and age stay. */
export async function saveConnection(tx: Tx, connection: StoredConnection): Promise<void> {
  const { id, name, kind, baseUrl, sealedSecret, models, createdBy, createdAt } = connection
  const changeable = {
    base_url: baseUrl,
    secret: sealedSecret,
    is_active: connection.isActive ? 1 : 0,
    is_guarded: connection.isGuarded ? 1 : 0,
    models: models && JSON.stringify(models),
    label: connection.label,
    prefix: connection.prefix,
    api_format: connection.apiFormat,
    updated_at: connection.updatedAt,
  }
  await tx.db
    .insertInto('provider_connections')
    .values({ id, name, kind, created_by: createdBy, created_at: createdAt, ...changeable })
    .onConflict((clash) => clash.column('name').doUpdateSet(changeable))
    .execute()
}

/** Tells whether there was one. */
export async function removeConnection(tx: Tx, name: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('provider_connections')
    .where('name', '=', name)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Gives connections their secrets; makes a connection where there is none of that name. */
export async function saveSecrets(tx: Tx, secrets: readonly NewSecret[]): Promise<void> {
  if (secrets.length === 0) return
  const rows = secrets.map(({ id, name, sealedSecret, createdBy, at }) => ({
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

/**
 * Lets no other transaction change aliases or connections before this one has ended: which names
 * lead where is checked over all of them. SQLite has one writer anyway.
 */
export async function lockModels(tx: Tx): Promise<void> {
  if (tx.dialect === 'sqlite') return
  const tables = sql`provider_connections, model_aliases`
  await sql`lock table ${tables} in share row exclusive mode`.execute(tx.db)
}
