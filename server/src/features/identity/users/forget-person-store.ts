import { sql } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { readObject, type JsonObject } from '../../../platform/json.ts'
import { identityOfUser } from '../identity-of.ts'

/** Who is to be forgotten, and what stands where they must be told from others. */
export interface ForgottenPerson {
  readonly userId: string
  readonly email: string
  readonly emailKey: string
  readonly name: string
  /** A word that nobody can lead back to the user. */
  readonly standIn: string
  readonly at: number
}

type Columns = readonly (readonly [table: string, column: string])[]

/** Rows that are the user's alone and go with them. They hold the user's id or identity. */
export const ownRows: Columns = [
  ['sessions', 'user_id'],
  ['identities', 'user_id'],
  ['invitations', 'user_id'],
  ['settings', 'user_id'],
  ['messages', 'owner'],
  ['conversations', 'owner'],
  ['users', 'id'],
]

/** Who made a row that belongs to the team: the row stays, its maker is nobody. */
export const makers: Columns = [
  ['invitations', 'invited_by'],
  ['settings', 'updated_by'],
  ['provider_connections', 'created_by'],
  ['model_aliases', 'created_by'],
  ['downloads', 'created_by'],
  ['prompts', 'created_by'],
  ['prompt_revisions', 'created_by'],
  ['comments', 'created_by'],
  ['executions', 'created_by'],
  ['execution_bundles', 'created_by'],
  ['deployments', 'created_by'],
  ['deployment_revisions', 'created_by'],
  ['embedding_deployments', 'created_by'],
  ['webhook_destinations', 'created_by'],
  ['test_groups', 'created_by'],
  ['files', 'uploaded_by'],
  ['jobs', 'created_by'],
  ['job_schedules', 'created_by'],
  ['collection_requests', 'added_by'],
  ['api_keys', 'user_id'],
]

/** Identities that keep rows of one person together; the stand-in does so from now on. */
export const identities: Columns = [
  ['collections', 'owner'],
  ['discussions', 'author'],
  ['share_links', 'created_by'],
  ['audit_log', 'actor_id'],
]

/** Columns with a rule of their own below. */
export const special: Columns = [
  ['discussions', 'username'],
  ['collections', 'created_by'],
  ['inference_logs', 'favorited_by'],
  ['audit_log', 'target_id'],
]

const nobody = 'deleted user'
const hidden = '(deleted)'

/**
 * Removes what is the user's alone and takes the user out of everything else, so that neither id
 * nor e-mail nor name is left. Spans keep whose call they were (`gateway.caller`): an id that leads
 * to nobody any more. Keys are revoked for good.
 */
export async function forgetPerson(tx: Tx, person: ForgottenPerson): Promise<void> {
  const { userId, standIn } = person
  const identity = identityOfUser(userId)
  const keyIds = await revokeKeys(tx, person)
  // Names first: the audit still knows the earlier ones.
  await forgetShownNames(tx, person)
  await forgetInAudit(tx, person, keyIds)
  for (const [table, column] of ownRows) {
    await sql`delete from ${sql.table(table)}
      where ${sql.ref(column)} in (${userId}, ${identity})`.execute(tx.db)
  }
  for (const [table, column] of makers) {
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = null
      where ${sql.ref(column)} in (${userId}, ${identity})`.execute(tx.db)
  }
  for (const [table, column] of identities) {
    await sql`update ${sql.table(table)} set ${sql.ref(column)} =
      case when ${sql.ref(column)} = ${userId} then ${standIn} else ${identityOfUser(standIn)} end
      where ${sql.ref(column)} in (${userId}, ${identity})`.execute(tx.db)
  }
}

/** Gives the ids of the user's keys, ended ones too. */
async function revokeKeys(
  tx: Tx,
  { userId, at }: Pick<ForgottenPerson, 'userId' | 'at'>,
): Promise<readonly string[]> {
  const rows = await tx.db
    .updateTable('api_keys')
    .set({
      status: 'revoked',
      name: `key of a ${nobody}`,
      description: '',
      last_ip: null,
      updated_at: at,
    })
    .where('user_id', '=', userId)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** The lines stay, and those of one person stay together; who it was and from where does not. */
async function forgetInAudit(
  tx: Tx,
  person: ForgottenPerson,
  keyIds: readonly string[],
): Promise<void> {
  const { userId, email, emailKey } = person
  // Where others were who did something to the user stays on record; a login has no actor yet.
  const isAbout = (id: string) => sql<boolean>`(target_kind = 'user' and target_id = ${id})`
  await sql`update audit_log set ip = null
    where actor_id = ${userId} or ${anyOf(tx.dialect, 'actor_id', keyIds)}
      or (actor_id is null and ${isAbout(userId)})
  `.execute(tx.db)
  const mentions = [userId, ...new Set([email, emailKey])].map((text) => contains(tx, text))
  const rows = await tx.db
    .selectFrom('audit_log')
    .select(['id', 'target_id', 'changes'])
    .where((is) => is.or([isAbout(userId), anyOf(tx.dialect, 'target_id', keyIds), ...mentions]))
    .execute()
  const changed = rows.map((row) => {
    const isTheirs = row.target_id === userId || keyIds.includes(row.target_id)
    const changes = readObject(row.changes) ?? {}
    return { id: row.id, changes: JSON.stringify(withoutPerson(changes, person, isTheirs)) }
  })
  if (changed.length > 0) await tx.updateMany('audit_log', 'id', changed)
  await sql`update audit_log set target_id = ${person.standIn} where target_id = ${userId}`.execute(
    tx.db,
  )
}

function contains({ dialect }: Tx, text: string) {
  // As it stands within a JSON string.
  const escaped = JSON.stringify(text).slice(1, -1)
  return dialect === 'sqlite'
    ? sql<boolean>`instr(changes, ${escaped}) > 0`
    : sql<boolean>`strpos(changes, ${escaped}) > 0`
}

const namingMembers: readonly string[] = ['name', 'email', 'profile']

function withoutPerson(
  changes: JsonObject,
  person: ForgottenPerson,
  isTheirs: boolean,
): JsonObject {
  const members = Object.entries(changes).map(([member, value]): [string, unknown] => {
    const isNaming = isTheirs && namingMembers.includes(member)
    return [member, isNaming ? hidden : withoutMentions(value, person)]
  })
  return Object.fromEntries(members)
}

function withoutMentions(value: unknown, person: ForgottenPerson): unknown {
  if (typeof value === 'string') {
    return value
      .replaceAll(person.userId, person.standIn)
      .replaceAll(person.email, hidden)
      .replaceAll(person.emailKey, hidden)
  }
  if (Array.isArray(value)) return value.map((item: unknown) => withoutMentions(item, person))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([key, item]) => [key, withoutMentions(item, person)]))
}

/** Names as others see them; what is kept of a log elsewhere learns of it by the revision. */
async function forgetShownNames(tx: Tx, person: ForgottenPerson): Promise<void> {
  const identity = identityOfUser(person.userId)
  const names = await namesOf(tx, person)
  await tx.db
    .updateTable('inference_logs')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .where('request_id', 'in', (logs) =>
      logs.selectFrom('discussions').select('request_id').where('author', '=', identity),
    )
    .execute()
  await tx.db
    .updateTable('discussions')
    .set({ username: nobody })
    .where('author', '=', identity)
    .execute()
  await tx.db
    .updateTable('collections')
    .set({ created_by: nobody })
    .where('owner', '=', identity)
    .execute()
  await tx.db
    .updateTable('collection_requests')
    .set({ added_by: null })
    .where(anyOf(tx.dialect, 'added_by', names))
    .execute()
  await forgetFavorites(tx, names)
}

/** What stands for the user where only names are kept; not a name that others bear too. */
async function namesOf(
  tx: Tx,
  { userId, email, name }: ForgottenPerson,
): Promise<readonly string[]> {
  const lines = await tx.db
    .selectFrom('audit_log')
    .select('changes')
    .where('target_kind', '=', 'user')
    .where('target_id', '=', userId)
    .where('action', 'in', ['user.create', 'user.update'])
    .execute()
  const earlier = lines.map(({ changes }) => readObject(changes)?.['name'])
  const names = [...new Set([name, ...earlier.filter((one) => typeof one === 'string')])]
  const others = await tx.db
    .selectFrom('users')
    .select('name')
    .where(anyOf(tx.dialect, 'name', names))
    .where('id', '!=', userId)
    .execute()
  const shared = new Set(others.map((other) => other.name))
  return [userId, identityOfUser(userId), email, ...names.filter((one) => !shared.has(one))]
}

async function forgetFavorites(tx: Tx, names: readonly string[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('inference_logs')
    .select(['seq', 'favorited_by', 'revision'])
    .where('favorited_by', '!=', '[]')
    .execute()
  const changed = rows.flatMap((row) => {
    const all: unknown = JSON.parse(row.favorited_by)
    const list: readonly unknown[] = Array.isArray(all) ? all : []
    const left = list.filter((one) => typeof one !== 'string' || !names.includes(one))
    const favorited_by = JSON.stringify(left)
    const isSame = left.length === list.length
    return isSame ? [] : [{ seq: row.seq, favorited_by, revision: row.revision + 1 }]
  })
  if (changed.length > 0) await tx.updateMany('inference_logs', 'seq', changed)
}
