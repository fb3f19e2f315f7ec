import type { SelectQueryBuilder } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Dialect, type Tx } from '../../platform/db/database.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { countDiscussions } from './ingest-store.ts'
import { toLog } from './log-rows.ts'
import type { ListedLog } from './log.ts'

// NOTE: imports no other feature, since each thread that reads for us would load it: 20 MB apiece.

/** Which logs are meant; what is left out restricts nothing, the rest is joined by "and". */
export interface LogSelection {
  readonly ownerKey?: string | undefined
  /** Beside those of `ownerKey`, everybody's that are public. */
  readonly orPublic?: boolean
  readonly collectionId?: number | undefined
  readonly model?: string | undefined
  readonly mod?: string | undefined
  readonly status?: string | undefined
  /** Unix seconds; `to` is not included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Numbers of the spans that they stand beside. */
  readonly spanSeqs?: readonly number[] | undefined
}

export interface PageOfLogsInput {
  readonly selection: LogSelection
  readonly limit: number
  readonly offset: number
}

/** Newest first, in a collection last added first; ties by order of arrival, the last first. */
export const pageOfLogs = defineTask<PageOfLogsInput, ListedLog[]>({
  module: import.meta.url,
  name: 'pageOfLogs',
  async run(tx, { selection, limit, offset }) {
    const { collectionId } = selection
    const chosen = chooseLogs(tx.dialect, tx.db.selectFrom('inference_logs'), selection)
    const ordered =
      collectionId === undefined
        ? chosen.orderBy('inference_logs.created_at', 'desc')
        : chosen
            .innerJoin('collection_requests', (join) =>
              join
                .onRef('collection_requests.request_id', '=', 'inference_logs.request_id')
                .on('collection_requests.collection_id', '=', collectionId),
            )
            .orderBy('collection_requests.added_at', 'desc')
    const rows = await ordered
      .orderBy('inference_logs.seq', 'desc')
      .selectAll('inference_logs')
      .limit(limit)
      .offset(offset)
      .execute()
    return withDiscussions(tx, rows)
  },
})

type LogQuery<O> = SelectQueryBuilder<Schema, 'inference_logs', O>

export function chooseLogs<O>(
  dialect: Dialect,
  query: LogQuery<O>,
  { ownerKey, orPublic, model, mod, status, from, to, spanSeqs }: LogSelection,
): LogQuery<O> {
  let chosen = query
  if (ownerKey !== undefined) {
    chosen = chosen.where((where) =>
      orPublic === true
        ? where.or([
            where('inference_logs.owner_key', '=', ownerKey),
            where('inference_logs.is_public', '=', 1),
          ])
        : where('inference_logs.owner_key', '=', ownerKey),
    )
  }
  if (model !== undefined) chosen = chosen.where('inference_logs.model', '=', model)
  if (mod !== undefined) chosen = chosen.where('inference_logs.mod_name', '=', mod)
  if (status !== undefined) chosen = chosen.where('inference_logs.status', '=', status)
  if (from !== undefined) chosen = chosen.where('inference_logs.created_at', '>=', from)
  if (to !== undefined) chosen = chosen.where('inference_logs.created_at', '<', to)
  if (spanSeqs === undefined) return chosen
  return chosen.where('inference_logs.span_id', 'in', (inner) =>
    inner
      .selectFrom('spans')
      .select('span_id')
      .where(anyOf(dialect, 'spans.seq', spanSeqs)),
  )
}

export async function logsBySeq(tx: Tx, seqs: readonly number[]): Promise<ListedLog[]> {
  const rows = await tx.db
    .selectFrom('inference_logs')
    .selectAll()
    .where(anyOf(tx.dialect, 'seq', seqs))
    .execute()
  return withDiscussions(tx, rows)
}

/** NOTE: counted for a page only. In one statement the rows before it would be counted too. */
async function withDiscussions(
  tx: Tx,
  rows: readonly Schema['inference_logs'][],
): Promise<ListedLog[]> {
  const counts = await countDiscussions(
    tx,
    rows.map((row) => row.request_id),
  )
  return rows.map((row) => ({ ...toLog(row), discussionCount: counts.get(row.request_id) ?? 0 }))
}

export interface OwnerRow {
  readonly sealedOwner: string
  readonly count: number
  readonly latestAt: number
}

/** Owners by their newest log, at most so many. */
export const pageOfOwners = defineTask<
  { readonly ownerKey: string | undefined; readonly limit: number },
  OwnerRow[]
>({
  module: import.meta.url,
  name: 'pageOfOwners',
  async run(tx, { ownerKey, limit }) {
    const owners = tx.db
      .selectFrom('inference_logs')
      .select(({ fn }) => [
        'owner_key',
        fn.countAll().as('count'),
        fn.max('created_at').as('latest_at'),
        fn.max('seq').as('last_seq'),
      ])
      .where('owner_key', 'is not', null)
      .$if(ownerKey !== undefined, (query) => query.where('owner_key', '=', ownerKey ?? null))
      .groupBy('owner_key')
      .orderBy('latest_at', 'desc')
      .orderBy('last_seq', 'desc')
      .limit(limit)
    const rows = await tx.db
      .selectFrom(owners.as('owners'))
      .select(['count', 'latest_at'])
      // What came with a key that is limited to the owner may lack the sealed text.
      .select(({ selectFrom }) =>
        selectFrom('inference_logs')
          .select('inference_logs.sealed_owner')
          .whereRef('inference_logs.owner_key', '=', 'owners.owner_key')
          .where('inference_logs.sealed_owner', 'is not', null)
          .orderBy('inference_logs.created_at', 'desc')
          .limit(1)
          .as('sealed_owner'),
      )
      .orderBy('latest_at', 'desc')
      .orderBy('last_seq', 'desc')
      .execute()
    return rows.flatMap(({ count, latest_at: latestAt, sealed_owner: sealedOwner }) =>
      sealedOwner === null
        ? []
        : [{ sealedOwner, count: Number(count), latestAt: Number(latestAt) }],
    )
  },
})
