import { sql, type Selectable } from 'kysely'
import type { ConversationsTable, MessagesTable } from '../../platform/db/account-tables.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { Conversation, Message, MessageRole } from './conversation.ts'

/** Gives false, and does nothing, where the owner has one of that id. */
export async function insertConversation(
  tx: Tx,
  owner: string,
  { id, title, createdAt, updatedAt }: Conversation,
): Promise<boolean> {
  const row = { owner, id, title, created_at: createdAt, updated_at: updatedAt }
  return (await tx.insertMany('conversations', [row], 'ignore')) === 1
}

/** With `isLocked` nobody else changes it before the transaction ends. */
export async function findConversation(
  tx: Tx,
  owner: string,
  id: string,
  { isLocked = false } = {},
): Promise<Conversation | undefined> {
  const row = await tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('owner', '=', owner)
    .where('id', '=', id)
    .$if(isLocked && tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row && toConversation(row)
}

export async function saveConversation(
  tx: Tx,
  owner: string,
  { id, title, updatedAt }: Conversation,
): Promise<void> {
  await tx.db
    .updateTable('conversations')
    .set({ title, updated_at: updatedAt })
    .where('owner', '=', owner)
    .where('id', '=', id)
    .execute()
}

/** The messages of a conversation in their order. */
export async function messagesOf(
  tx: Tx,
  owner: string,
  conversationId: string,
): Promise<readonly Message[]> {
  const rows = await tx.db
    .selectFrom('messages')
    .select(['id', 'role', 'name', 'content', 'created_at'])
    .where('owner', '=', owner)
    .where('conversation_id', '=', conversationId)
    .orderBy('position')
    .execute()
  return rows.map(toMessage)
}

export interface MessageRows {
  readonly owner: string
  readonly conversationId: string
  readonly messages: readonly Message[]
  /** So many at the beginning are stored already. */
  readonly keptCount: number
}

/** Makes the stored messages those that are given. */
export async function saveMessages(tx: Tx, rows: MessageRows): Promise<void> {
  const { owner, conversationId, messages, keptCount } = rows
  await tx.db
    .deleteFrom('messages')
    .where('owner', '=', owner)
    .where('conversation_id', '=', conversationId)
    .where('position', '>=', keptCount)
    .execute()
  const added = messages.slice(keptCount).map(({ createdAt, ...message }, index) => ({
    owner,
    conversation_id: conversationId,
    position: keptCount + index,
    ...message,
    created_at: createdAt,
  }))
  await tx.insertMany('messages', added)
}

/** One conversation with its messages; all of the owner's if none is named. Gives their number. */
export async function removeConversations(
  tx: Tx,
  owner: string,
  id: string | undefined,
): Promise<number> {
  await tx.db
    .deleteFrom('messages')
    .where('owner', '=', owner)
    .$if(id !== undefined, (query) => query.where('conversation_id', '=', id ?? ''))
    .execute()
  const { numDeletedRows } = await tx.db
    .deleteFrom('conversations')
    .where('owner', '=', owner)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

export interface ConversationQuery {
  readonly sort: 'updated_at' | 'created_at' | 'title'
  readonly order: 'asc' | 'desc'
  /** Part of a title, in any case. */
  readonly search: string | undefined
  readonly page: number
  readonly pageSize: number
}

interface OwnQuery extends ConversationQuery {
  readonly owner: string
}

export interface ConversationPage {
  readonly conversations: readonly Conversation[]
  readonly total: number
}

/**
 * A page of an owner's conversations. A task, because titles are searched here: databases know the
 * two cases of ASCII letters only.
 */
export const pageOfConversations = defineTask<OwnQuery, ConversationPage>({
  module: import.meta.url,
  name: 'pageOfConversations',
  async run(tx, { page, pageSize, search, ...query }) {
    const offset = (page - 1) * pageSize
    if (search !== undefined) {
      const wanted = search.toLowerCase()
      const rows = await ordered(tx, query).execute()
      const found = rows.filter(({ title }) => title.toLowerCase().includes(wanted))
      const shown = found.slice(offset, offset + pageSize)
      return { conversations: shown.map(toConversation), total: found.length }
    }
    const { count } = await tx.db
      .selectFrom('conversations')
      .select(({ fn }) => fn.countAll().as('count'))
      .where('owner', '=', query.owner)
      .executeTakeFirstOrThrow()
    const rows = await ordered(tx, query).limit(pageSize).offset(offset).execute()
    return { conversations: rows.map(toConversation), total: Number(count) }
  },
})

function ordered(tx: Tx, { owner, sort, order }: Pick<OwnQuery, 'owner' | 'sort' | 'order'>) {
  return tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('owner', '=', owner)
    .$if(sort === 'title', (query) => query.orderBy(sql`lower(title)`, order))
    .orderBy(sort, order)
    .orderBy('id', order)
}

function toConversation(row: Selectable<ConversationsTable>): Conversation {
  const { id, title, created_at, updated_at } = row
  return { id, title, createdAt: created_at, updatedAt: updated_at }
}

type MessageRow = Pick<Selectable<MessagesTable>, 'id' | 'role' | 'name' | 'content' | 'created_at'>

function toMessage({ created_at, role, ...row }: MessageRow): Message {
  return { ...row, role: toRole(role), createdAt: created_at }
}

/** Only these are ever stored; what a newer version may have left is shown as the user's. */
function toRole(word: string): MessageRole {
  return word === 'system' || word === 'assistant' || word === 'tool' ? word : 'user'
}
