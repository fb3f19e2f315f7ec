/** What people make of a log: favourites, tags, discussions. Source: thunder contract §1.7, §1.8. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorA, plainText, rejectedBody } from './errors.ts'
import { LogParams } from './logs.ts'
import { I64, IntText, PageQuery, Ts } from './scalars.ts'

const DiscussionParams = LogParams.extend({ discussion_id: IntText })

/** Replies of reads: a private log is 403 for whoever may not read it, even without a key. */
const readable = { 400: plainText, 403: ErrorA, 404: ErrorA, 500: ErrorA } as const
/** A 400 is a value that will not do, or JSON that cannot be read. */
const writable = {
  400: { json: ErrorA, media: plainText.media },
  401: ErrorA,
  403: ErrorA,
  404: ErrorA,
  ...rejectedBody,
  500: ErrorA,
} as const

export const Favorites = z
  .object({ request_id: z.string(), favorited_by: z.array(z.string()) })
  .meta({ id: 'Favorites' })
const FavoritesChanged = Favorites.extend({ message: z.string() }).meta({ id: 'FavoritesChanged' })
const FavoriteIn = z.object({ name: z.string() }).meta({ id: 'FavoriteIn' })

export const getFavorites = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}/favorite',
  summary: 'List the names under which a log is a favourite',
  ref: 'thunder §1.3 GET /logs/{request_id}/favorite',
  access: 'public',
  params: LogParams,
  reply: { 200: Favorites, ...readable },
})

export const addFavorite = defineRoute({
  method: 'POST',
  path: '/logs/{request_id}/favorite',
  summary: 'Make a log a favourite under a name',
  ref: 'thunder §1.3 POST /logs/{request_id}/favorite',
  access: 'logs:write',
  params: LogParams,
  body: FavoriteIn,
  reply: { 200: FavoritesChanged, ...writable },
})

export const removeFavorite = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}/favorite',
  summary: 'Take a name from the favourites of a log',
  ref: 'thunder §1.3 DELETE /logs/{request_id}/favorite',
  access: 'logs:write',
  params: LogParams,
  body: FavoriteIn,
  reply: { 200: FavoritesChanged, ...writable },
})

export const Tags = z
  .object({ request_id: z.string(), tags: z.array(z.string()) })
  .meta({ id: 'LogTags' })
const TagsChanged = Tags.extend({ message: z.string() }).meta({ id: 'LogTagsChanged' })
const TagIn = z.object({ tag: z.string() }).meta({ id: 'LogTagIn' })

export const getTags = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}/tags',
  summary: 'List the tags of a log',
  ref: 'thunder §1.3 GET /logs/{request_id}/tags',
  access: 'public',
  params: LogParams,
  reply: { 200: Tags, ...readable },
})

export const addTag = defineRoute({
  method: 'POST',
  path: '/logs/{request_id}/tags',
  summary: 'Tag a log',
  ref: 'thunder §1.3 POST /logs/{request_id}/tags',
  access: 'logs:write',
  params: LogParams,
  body: TagIn,
  reply: { 200: TagsChanged, ...writable },
})

export const removeTag = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}/tags',
  summary: 'Take a tag from a log',
  ref: 'thunder §1.3 DELETE /logs/{request_id}/tags',
  access: 'logs:write',
  params: LogParams,
  body: TagIn,
  reply: { 200: TagsChanged, ...writable },
})

export const Discussion = z
  .object({
    id: I64,
    request_id: z.string(),
    username: z.string(),
    comment: z.string(),
    created_at: Ts,
    updated_at: Ts,
  })
  .meta({ id: 'Discussion' })
export type Discussion = z.infer<typeof Discussion>

const Discussions = z
  .object({
    request_id: z.string(),
    discussions: z.array(Discussion),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'Discussions' })
const DiscussionChanged = z
  .object({ discussion: Discussion, message: z.string() })
  .meta({ id: 'DiscussionChanged' })

export const listDiscussions = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}/discussions',
  summary: 'List what was said about a log, oldest first',
  ref: 'thunder §1.3 GET /logs/{request_id}/discussions',
  access: 'public',
  params: LogParams,
  query: PageQuery,
  reply: { 200: Discussions, ...readable },
})

export const addDiscussion = defineRoute({
  method: 'POST',
  path: '/logs/{request_id}/discussions',
  summary: 'Say something about a log',
  ref: 'thunder §1.3 POST /logs/{request_id}/discussions',
  access: 'logs:write',
  params: LogParams,
  body: z
    .object({
      username: z.string().meta({ description: 'Shown as given, at most 255 characters' }),
      comment: z.string(),
    })
    .meta({ id: 'DiscussionIn' }),
  reply: { 201: DiscussionChanged, ...writable },
})

export const getDiscussion = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}/discussions/{discussion_id}',
  summary: 'Read one comment on a log',
  ref: 'thunder §1.3 GET /logs/{request_id}/discussions/{discussion_id}',
  access: 'public',
  params: DiscussionParams,
  reply: { 200: Discussion, ...readable },
})

export const editDiscussion = defineRoute({
  method: 'PUT',
  path: '/logs/{request_id}/discussions/{discussion_id}',
  summary: 'Change a comment of your own',
  ref: 'thunder §1.3 PUT /logs/{request_id}/discussions/{discussion_id}',
  access: 'logs:write',
  params: DiscussionParams,
  body: z.object({ comment: z.string() }).meta({ id: 'DiscussionEdit' }),
  reply: { 200: DiscussionChanged, ...writable },
})

export const removeDiscussion = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}/discussions/{discussion_id}',
  summary: 'Delete a comment of your own',
  ref: 'thunder §1.3 DELETE /logs/{request_id}/discussions/{discussion_id}',
  access: 'logs:write',
  params: DiscussionParams,
  reply: { 200: z.object({ id: I64, message: z.string() }), ...writable },
})

export const noteRoutes = {
  getFavorites,
  addFavorite,
  removeFavorite,
  getTags,
  addTag,
  removeTag,
  listDiscussions,
  addDiscussion,
  getDiscussion,
  editDiscussion,
  removeDiscussion,
} as const
