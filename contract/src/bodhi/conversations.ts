/** Conversations, each private to who began it. Source: bodhi contract §9.4. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  BodhiError,
  bodyRefusals,
  namedBodyRefusals,
  namedRefusals,
  nothing,
  refusals,
  unchanged,
} from './errors.ts'
import { pageOf, SortedQuery } from './scalars.ts'

const Milliseconds = z.int().min(0).max(8_640_000_000_000_000)
const epochNote = 'Unix epoch in milliseconds'
const idNote = 'At most 64 letters, digits, `_` and `-`'

const messageRoles = ['system', 'user', 'assistant', 'tool'] as const

const Message = z
  .object({
    id: z.string(),
    role: z.enum(messageRoles),
    name: z.string().optional(),
    content: z.string().nullable(),
    createdAt: Milliseconds.meta({ description: epochNote }),
  })
  .meta({ id: 'ConversationMessage' })

export const Conversation = z
  .object({
    id: z.string().meta({ description: idNote }),
    title: z.string(),
    createdAt: Milliseconds.meta({ description: epochNote }),
    updatedAt: Milliseconds.meta({ description: `${epochNote}; grows with each change` }),
    messages: z.array(Message).meta({ description: 'In their order; empty in a list' }),
  })
  .meta({ id: 'Conversation' })
export type Conversation = z.infer<typeof Conversation>

const NewMessage = z
  .object({
    id: z
      .string()
      .nullish()
      .meta({ description: `${idNote}; what does not fit, or is there already, gets another one` }),
    role: z.enum(messageRoles),
    name: z.string().nullish(),
    content: z.string().nullish(),
    createdAt: Milliseconds.nullish().meta({ description: `${epochNote}; default now` }),
  })
  .meta({ id: 'NewConversationMessage' })

const title = z.string().meta({ description: '1 to 255 characters' })
const messages = z
  .array(NewMessage)
  .meta({ description: 'At most 10,000, with at most 16 MiB of text between them' })

export const NewConversation = z
  .object({
    id: z
      .string()
      .nullish()
      .meta({ description: `${idNote}; default a new UUID` }),
    title: title.nullish().meta({ description: '1 to 255 characters; default `New Chat`' }),
    createdAt: Milliseconds.nullish().meta({ description: `${epochNote}; default now` }),
    messages: messages.nullish(),
  })
  .meta({ id: 'NewConversation' })
export type NewConversation = z.infer<typeof NewConversation>

export const ConversationContent = z.object({ title, messages }).meta({ id: 'ConversationContent' })
export type ConversationContent = z.infer<typeof ConversationContent>

const ListQuery = SortedQuery.extend({
  sort: z
    .string()
    .optional()
    .meta({ description: '`updated_at` (default), `created_at` or `title`' }),
  sort_order: z.string().optional().meta({ description: '`desc` (default) or `asc`' }),
  search: z.string().optional().meta({ description: 'Part of a title, in any case' }),
})
export type ConversationQuery = z.infer<typeof ListQuery>

const ById = z.object({ id: z.string() })
const at = '/bodhi/v1/conversations'
const bounds = 'The body is at most 32 MiB'
const replacing =
  'those sent as they were keep id and time; with `If-Match` 412 if anybody has changed it since'

export const conversationRoutes = {
  listConversations: defineRoute({
    method: 'GET',
    path: at,
    summary: "List the caller's conversations, the last changed first, without their messages",
    ref: `bodhi §9.4 GET ${at}`,
    access: 'conversations:own',
    query: ListQuery,
    reply: { 200: pageOf(Conversation), ...unchanged, ...refusals },
  }),
  createConversation: defineRoute({
    method: 'POST',
    path: at,
    summary: `Keep a conversation. ${bounds}`,
    ref: `bodhi §9.4 POST ${at}`,
    access: 'conversations:own',
    body: NewConversation,
    reply: { 201: Conversation, ...bodyRefusals, 409: BodhiError },
  }),
  deleteConversations: defineRoute({
    method: 'DELETE',
    path: at,
    summary: "Delete all of the caller's conversations",
    ref: `bodhi §9.4 DELETE ${at}`,
    access: 'conversations:own',
    reply: { 204: nothing, ...refusals },
  }),
  getConversation: defineRoute({
    method: 'GET',
    path: `${at}/{id}`,
    summary: 'Read a conversation whole',
    ref: `bodhi §9.4 GET ${at}/{id}`,
    access: 'conversations:own',
    params: ById,
    reply: { 200: Conversation, ...unchanged, ...namedRefusals },
  }),
  updateConversation: defineRoute({
    method: 'PUT',
    path: `${at}/{id}`,
    summary: `Replace the title and all messages; ${replacing}. ${bounds}`,
    ref: `bodhi §9.4 PUT ${at}/{id}`,
    access: 'conversations:own',
    params: ById,
    body: ConversationContent,
    reply: { 200: Conversation, ...namedBodyRefusals, 412: BodhiError },
  }),
  deleteConversation: defineRoute({
    method: 'DELETE',
    path: `${at}/{id}`,
    summary: 'Delete a conversation; with `If-Match` only if nobody has changed it since',
    ref: `bodhi §9.4 DELETE ${at}/{id}`,
    access: 'conversations:own',
    params: ById,
    reply: { 204: nothing, ...namedRefusals, 412: BodhiError },
  }),
} as const
