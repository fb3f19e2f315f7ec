import type { ConversationQuery as WireQuery } from '@pharos/contract/bodhi/conversations.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  createConversation,
  deleteConversation,
  deleteConversations,
  getConversation,
  listConversations,
  replaceConversation,
  versionOf,
  type ConversationQuery,
} from '../../features/conversations/index.ts'
import { conditional, readIfMatch, tagged, tagHeaders } from '../../platform/http/conditional.ts'
import { nothing, serve, type BodhiPowers } from './door.ts'
import { orderOf, pageOf, sortOf } from './page.ts'
import { readConversationContent, readNewConversation } from './read-conversation.ts'
import { fromMessages, fromNew, toJson, toListed } from './wire-conversations.ts'

/** Conversations, each private to who began it. Source: bodhi contract §9.4. */
export function conversationRoutes(powers: BodhiPowers) {
  return [...readingRoutes(powers), ...writingRoutes(powers), ...deletingRoutes(powers)]
}

function readingRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.listConversations, async ({ query, caller, request }) => {
      const asked = toQuery(query)
      const { conversations, total } = await listConversations({ ...powers, caller }, asked)
      const { page, pageSize } = asked
      const data = conversations.map(toListed)
      return conditional(request, { data, total, page, page_size: pageSize })
    }),
    serve(bodhiRoutes.getConversation, async ({ params, caller, request }) => {
      const conversation = await getConversation({ ...powers, caller }, params.id)
      const json = await toJson(conversation)
      return tagged(request, { version: versionOf(conversation), json })
    }),
  ]
}

/** Sixteen mebibytes of text may take twice that as JSON. */
const withBody = { rawBody: true, bodyLimitBytes: 32 * 1024 * 1024 } as const

function writingRoutes(powers: BodhiPowers) {
  const { workroom } = powers
  return [
    serve(
      bodhiRoutes.createConversation,
      async ({ rawBody, caller }) => {
        const given = fromNew(await readNewConversation(workroom, rawBody))
        const made = await createConversation({ ...powers, caller }, given)
        const location = `${bodhiRoutes.createConversation.path}/${made.id}`
        const headers = { location, ...tagHeaders(versionOf(made)) }
        return { status: 201, json: await toJson(made), headers }
      },
      withBody,
    ),
    serve(
      bodhiRoutes.updateConversation,
      async ({ params, rawBody, caller, request }) => {
        const { title, messages } = await readConversationContent(workroom, rawBody)
        const isExpected = readIfMatch(request)
        const content = {
          title,
          messages: fromMessages(messages),
          ...(isExpected && { isExpected }),
        }
        const changed = await replaceConversation({ ...powers, caller }, params.id, content)
        return { status: 200, json: await toJson(changed), headers: tagHeaders(versionOf(changed)) }
      },
      withBody,
    ),
  ]
}

function deletingRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.deleteConversation, async ({ params, caller, request }) => {
      await deleteConversation({ ...powers, caller }, params.id, readIfMatch(request))
      return { status: 204, ...nothing }
    }),
    serve(bodhiRoutes.deleteConversations, async ({ caller }) => {
      await deleteConversations({ ...powers, caller })
      return { status: 204, ...nothing }
    }),
  ]
}

const sorts = ['updated_at', 'created_at', 'title'] as const

function toQuery({ search, sort_order = 'desc', ...query }: WireQuery): ConversationQuery {
  return {
    ...pageOf(query),
    sort: sortOf(query, sorts),
    order: orderOf({ sort_order }),
    search: search === '' ? undefined : search,
  }
}
