import type { Selectable, SelectQueryBuilder } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { AuditLogTable, Schema } from '../../platform/db/schema.ts'
import { parseObject, type JsonObject } from '../../platform/json.ts'

/** One act as it is shown. Times are Unix seconds. */
export interface AuditedAct {
  readonly id: string
  readonly at: number
  readonly actorKind: string
  readonly actorId: string | null
  /** What the person or the key is called now; null once it is gone, or for who has no name. */
  readonly actorName: string | null
  readonly action: string
  readonly targetKind: string
  readonly targetId: string
  readonly ip: string | null
  readonly requestId: string | null
  readonly changes: JsonObject
}

/** What is undefined does not matter. */
export interface AuditFilter {
  /** The id or e-mail of a person, the id of a key, or a kind of actor. */
  readonly actor?: string | undefined
  /** The whole action, or its beginning up to a dot. */
  readonly action?: string | undefined
  /** The id or the kind of what it was done to. */
  readonly target?: string | undefined
  /** Unix seconds; included. */
  readonly from?: number | undefined
  /** Unix seconds; not included. */
  readonly to?: number | undefined
}

/** The latest first. */
export const pageOfAudit = defineTask<
  AuditFilter & { readonly limit: number; readonly offset: number },
  { readonly acts: readonly AuditedAct[]; readonly total: number }
>({
  module: import.meta.url,
  name: 'pageOfAudit',
  async run(tx, { limit, offset, ...filter }) {
    const { count } = await matching(tx, filter)
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    const rows = await matching(tx, filter)
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute()
    return { acts: await withNames(tx, rows), total: Number(count) }
  },
})

/** The oldest first, from the one after `after` on. */
export const auditAfter = defineTask<
  AuditFilter & {
    readonly after: Pick<AuditedAct, 'at' | 'id'> | undefined
    readonly limit: number
  },
  readonly AuditedAct[]
>({
  module: import.meta.url,
  name: 'auditAfter',
  async run(tx, { after, limit, ...filter }) {
    const { at = 0, id = '' } = after ?? {}
    const rows = await matching(tx, filter)
      .selectAll()
      .$if(after !== undefined, (query) =>
        query.where('at', '>=', at).where((is) => is.or([is('at', '>', at), is('id', '>', id)])),
      )
      .orderBy('at')
      .orderBy('id')
      .limit(limit)
      .execute()
    return withNames(tx, rows)
  },
})

type Acts = SelectQueryBuilder<Schema, 'audit_log', unknown>

function matching({ db }: Tx, { actor, action, target, from, to }: AuditFilter): Acts {
  let acts: Acts = db.selectFrom('audit_log')
  if (actor !== undefined) {
    const ofEmail = db.selectFrom('users').select('id').where('email_key', '=', actor.toLowerCase())
    acts = acts.where((is) =>
      is.or([
        is('actor_id', '=', actor),
        is('actor_kind', '=', actor),
        is('actor_id', 'in', ofEmail),
      ]),
    )
  }
  if (action !== undefined) {
    // `/` is the character after the dot.
    acts = acts.where((is) =>
      is.or([
        is('action', '=', action),
        is.and([is('action', '>', `${action}.`), is('action', '<', `${action}/`)]),
      ]),
    )
  }
  if (target !== undefined) {
    acts = acts.where((is) => is.or([is('target_id', '=', target), is('target_kind', '=', target)]))
  }
  if (from !== undefined) acts = acts.where('at', '>=', from)
  if (to !== undefined) acts = acts.where('at', '<', to)
  return acts
}

type Row = Selectable<AuditLogTable>

async function withNames(tx: Tx, rows: readonly Row[]): Promise<readonly AuditedAct[]> {
  const keyIds = idsOf(rows, (kind) => kind === 'apiKey')
  const userIds = idsOf(rows, (kind) => kind === 'session' || kind === 'oauthToken')
  const [keys, users] = [await namesIn(tx, 'api_keys', keyIds), await namesIn(tx, 'users', userIds)]
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: (row.actor_kind === 'apiKey' ? keys : users).get(row.actor_id ?? '') ?? null,
    action: row.action,
    targetKind: row.target_kind,
    targetId: row.target_id,
    ip: row.ip,
    requestId: row.request_id,
    changes: parseObject(row.changes),
  }))
}

function idsOf(rows: readonly Row[], isMeant: (kind: string) => boolean): readonly string[] {
  const ids = rows.flatMap(({ actor_kind, actor_id }) =>
    actor_id !== null && isMeant(actor_kind) ? [actor_id] : [],
  )
  return [...new Set(ids)]
}

async function namesIn(
  tx: Tx,
  table: 'api_keys' | 'users',
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.db
    .selectFrom(table)
    .select(['id', 'name'])
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
