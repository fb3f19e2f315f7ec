import type { Discussion as WireDiscussion } from '@pharos/contract/thunder/notes.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import {
  addDiscussion,
  addName,
  editDiscussion,
  getDiscussion,
  listDiscussions,
  listNames,
  removeDiscussion,
  removeName,
  type Discussion,
} from '../../features/inference-logs/index.ts'
import { serve, type ThunderPowers } from './door.ts'
import { pageOf } from './page.ts'
import { toTs } from './timestamps.ts'

/** Favourites, tags and discussions of a log. Source: thunder contract §1.7, §1.8. */
export function noteRoutes(powers: ThunderPowers) {
  return [...favoriteRoutes(powers), ...tagRoutes(powers), ...discussionRoutes(powers)]
}

function favoriteRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.getFavorites, async ({ params: { request_id }, caller }) => {
      const { favoritedBy } = await listNames({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, favorited_by: [...favoritedBy] } }
    }),
    serve(thunderRoutes.addFavorite, async ({ params: { request_id }, body, caller }) => {
      const names = await addName({ ...powers, caller }, request_id, 'favoritedBy', body.name)
      const message = 'The log is a favourite'
      return { status: 200, body: { request_id, favorited_by: [...names], message } }
    }),
    serve(thunderRoutes.removeFavorite, async ({ params: { request_id }, body, caller }) => {
      const names = await removeName({ ...powers, caller }, request_id, 'favoritedBy', body.name)
      const message = 'The log is no favourite under that name'
      return { status: 200, body: { request_id, favorited_by: [...names], message } }
    }),
  ]
}

function tagRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.getTags, async ({ params: { request_id }, caller }) => {
      const { tags } = await listNames({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, tags: [...tags] } }
    }),
    serve(thunderRoutes.addTag, async ({ params: { request_id }, body, caller }) => {
      const tags = await addName({ ...powers, caller }, request_id, 'tags', body.tag)
      return { status: 200, body: { request_id, tags: [...tags], message: 'The log is tagged' } }
    }),
    serve(thunderRoutes.removeTag, async ({ params: { request_id }, body, caller }) => {
      const tags = await removeName({ ...powers, caller }, request_id, 'tags', body.tag)
      const message = 'The log does not have that tag'
      return { status: 200, body: { request_id, tags: [...tags], message } }
    }),
  ]
}

function discussionRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.listDiscussions, async ({ params: { request_id }, query, caller }) => {
      const page = pageOf(query)
      const { discussions, total } = await listDiscussions({ ...powers, caller }, request_id, page)
      const all = discussions.map(toWire)
      return { status: 200, body: { request_id, discussions: all, total, ...page } }
    }),
    serve(thunderRoutes.addDiscussion, async ({ params, body, caller }) => {
      const made = await addDiscussion({ ...powers, caller }, params.request_id, body)
      return { status: 201, body: { discussion: toWire(made), message: 'The comment is added' } }
    }),
    serve(thunderRoutes.getDiscussion, async ({ params, caller }) => {
      const id = Number(params.discussion_id)
      const found = await getDiscussion({ ...powers, caller }, params.request_id, id)
      return { status: 200, body: toWire(found) }
    }),
    serve(thunderRoutes.editDiscussion, async ({ params, body, caller }) => {
      const id = Number(params.discussion_id)
      const ctx = { ...powers, caller }
      const changed = await editDiscussion(ctx, params.request_id, id, body.comment)
      const message = 'The comment is changed'
      return { status: 200, body: { discussion: toWire(changed), message } }
    }),
    serve(thunderRoutes.removeDiscussion, async ({ params, caller }) => {
      const id = Number(params.discussion_id)
      await removeDiscussion({ ...powers, caller }, params.request_id, id)
      return { status: 200, body: { id, message: 'The comment is deleted' } }
    }),
  ]
}

function toWire(discussion: Discussion): WireDiscussion {
  return {
    id: discussion.id,
    request_id: discussion.requestId,
    username: discussion.username,
    comment: discussion.comment,
    created_at: toTs(discussion.createdAt),
    updated_at: toTs(discussion.updatedAt),
  }
}
