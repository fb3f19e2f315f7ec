import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import { toStoredDestination, type StoredDestination } from './destination.ts'

export async function insertDestination(tx: Tx, destination: StoredDestination): Promise<void> {
  await tx.db.insertInto('webhook_destinations').values(toRow(destination)).execute()
}

export async function saveDestination(tx: Tx, destination: StoredDestination): Promise<void> {
  const { name, url, is_active, secret, credentials, updated_at } = toRow(destination)
  await tx.db
    .updateTable('webhook_destinations')
    .set({ name, url, is_active, secret, credentials, updated_at })
    .where('id', '=', destination.id)
    .execute()
}

/** Tells whether there was one. */
export async function removeDestination(tx: Tx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('webhook_destinations')
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function findDestination(
  tx: Tx,
  column: 'id' | 'identifier',
  value: string,
): Promise<StoredDestination | undefined> {
  const row = await tx.db
    .selectFrom('webhook_destinations')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row && toStoredDestination(row)
}

/** As `findDestination`, for a change: nobody else changes it until the transaction ends. */
export async function lockDestination(tx: Tx, id: string): Promise<StoredDestination | undefined> {
  const row = await tx.db
    .selectFrom('webhook_destinations')
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row && toStoredDestination(row)
}

/** The newest first. */
export async function allDestinations(tx: Tx): Promise<StoredDestination[]> {
  const rows = await tx.db
    .selectFrom('webhook_destinations')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toStoredDestination)
}

/** Where those of these ids that exist are to be found. */
export async function urlsOfDestinations(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.db
    .selectFrom('webhook_destinations')
    .select(['id', 'url'])
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return new Map(rows.map(({ id, url }) => [id, url]))
}

function toRow(destination: StoredDestination) {
  return {
    id: destination.id,
    identifier: destination.identifier,
    name: destination.name,
    url: destination.url,
    is_active: destination.isActive ? 1 : 0,
    secret: destination.sealedSecret,
    credentials: destination.sealedCredentials,
    created_by: destination.createdBy,
    created_at: destination.createdAt,
    updated_at: destination.updatedAt,
  }
}
