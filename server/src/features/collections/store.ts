import { sql, type Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { CollectionsTable, Schema } from '../../platform/db/schema.ts'
import type { Collection, NewCollection } from './collection.ts'

/** A log that was added as a public one shows only while it is public. */
const isShown = sql<boolean>`(members.needs_public = 0 or exists (
  select 1 from inference_logs
  where inference_logs.request_id = members.request_id and inference_logs.is_public = 1))`

export interface Page {
  readonly limit: number
  readonly offset: number
}

export interface CountedCollection extends Collection {
  readonly requestCount: number
}

export async function insertCollection(tx: Tx, made: NewCollection): Promise<Collection> {
  const [id] = await tx.allocate('collections', 1)
  if (id === undefined) throw new Error('The counter gave no number')
  await tx.db
    .insertInto('collections')
    .values({
      id,
      name: made.name,
      description: made.description,
      owner: made.owner,
      created_by: made.createdBy,
      is_public: made.isPublic ? 1 : 0,
      created_at: made.createdAt,
      updated_at: made.updatedAt,
    })
    .execute()
  return { id, ...made }
}

export async function findCollection(tx: Tx, id: number): Promise<Collection | undefined> {
  const row = await tx.db
    .selectFrom('collections')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toCollection(row)
}

export async function countRequests(tx: Tx, id: number): Promise<number> {
  const { count } = await tx.db
    .selectFrom('collection_requests as members')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('members.collection_id', '=', id)
    .where(isShown)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Last changed first. `owner` undefined means everybody's. */
export async function pageOfCollections(
  tx: Tx,
  owner: string | undefined,
  page: Page,
): Promise<{ readonly collections: CountedCollection[]; readonly total: number }> {
  const { total } = await tx.db
    .selectFrom('collections')
    .select(({ fn }) => fn.countAll().as('total'))
    .$if(owner !== undefined, (query) => query.where('owner', '=', owner ?? null))
    .executeTakeFirstOrThrow()
  const rows = await counted(tx)
    .$if(owner !== undefined, (query) => query.where('collections.owner', '=', owner ?? null))
    .orderBy('collections.updated_at', 'desc')
    .orderBy('collections.id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { collections: rows.map(toCounted), total: Number(total) }
}

/** By name. `owner` undefined means everybody's. */
export async function collectionsHolding(
  tx: Tx,
  requestId: string,
  owner: string | undefined,
): Promise<CountedCollection[]> {
  const rows = await counted(tx)
    .innerJoin('collection_requests', 'collection_requests.collection_id', 'collections.id')
    .where('collection_requests.request_id', '=', requestId)
    .where(sql<boolean>`exists (select 1 from collection_requests as members
      where members.collection_id = collections.id and members.request_id = ${requestId}
      and ${isShown})`)
    .$if(owner !== undefined, (query) => query.where('collections.owner', '=', owner ?? null))
    .orderBy('collections.name')
    .orderBy('collections.id')
    .execute()
  return rows.map(toCounted)
}

export interface CollectionChange {
  readonly name?: string
  readonly description?: string
  readonly isPublic?: boolean
}

/** Also what locks the row until the transaction ends. */
export async function changeCollection(
  tx: Tx,
  id: number,
  { name, description, isPublic }: CollectionChange,
  nowSeconds: number,
): Promise<void> {
  await tx.db
    .updateTable('collections')
    .set({
      updated_at: nowSeconds,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(isPublic === undefined ? {} : { is_public: isPublic ? 1 : 0 }),
    })
    .where('id', '=', id)
    .execute()
}

/** Its memberships go with it. */
export async function removeCollection(tx: Tx, id: number): Promise<void> {
  await tx.db.deleteFrom('collections').where('id', '=', id).execute()
}

function counted(tx: Tx) {
  return tx.db
    .selectFrom('collections')
    .selectAll('collections')
    .select(({ selectFrom, fn }) =>
      selectFrom('collection_requests as members')
        .whereRef('members.collection_id', '=', 'collections.id')
        .where(isShown)
        .select(fn.countAll().as('count'))
        .as('request_count'),
    )
}

type CountedRow = Selectable<CollectionsTable> & {
  readonly request_count: string | number | bigint | null
}

function toCounted(row: CountedRow): CountedCollection {
  return { ...toCollection(row), requestCount: Number(row.request_count) }
}

function toCollection(row: Schema['collections']): Collection {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    owner: row.owner,
    createdBy: row.created_by,
    isPublic: row.is_public === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
