/** Named sets of logs. Source: thunder contract §1.9. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorA, plainText, rejectedBody } from './errors.ts'
import { LogParams } from './logs.ts'
import { I64, IntText, opt, PageQuery, Ts } from './scalars.ts'

export const CollectionParams = z.object({ collection_id: IntText })

export const collectionRefusals = {
  400: { json: ErrorA, media: plainText.media },
  401: ErrorA,
  403: ErrorA,
  404: ErrorA,
  500: ErrorA,
} as const
const withBody = { ...collectionRefusals, ...rejectedBody } as const

export const Collection = z
  .object({
    id: I64,
    name: z.string(),
    description: z.string().nullable(),
    created_at: Ts,
    updated_at: Ts,
    created_by: z
      .string()
      .nullable()
      .meta({ description: 'A label of its owner: a name, or the first characters of a key' }),
    is_public: z.boolean(),
    public_token: z.string().nullable(),
  })
  .meta({ id: 'Collection' })
export type Collection = z.infer<typeof Collection>

export const CollectionSummary = Collection.extend({ request_count: z.int() }).meta({
  id: 'CollectionSummary',
})
export type CollectionSummary = z.infer<typeof CollectionSummary>

export const CollectionRequest = z
  .object({
    request_id: z.string(),
    added_at: Ts,
    added_by: z.string().nullable().meta({ description: 'A label; null on public pages' }),
    notes: z.string().nullable(),
    created_ts: Ts,
    finished_ts: Ts.nullable(),
    model_id: z.string().nullable(),
    final_text: z.string().nullable(),
  })
  .meta({ id: 'CollectionRequest' })
export type CollectionRequest = z.infer<typeof CollectionRequest>

const CollectionChanged = z
  .object({ collection: Collection, message: z.string() })
  .meta({ id: 'CollectionChanged' })
const MembershipChanged = z
  .object({ collection_id: I64, request_id: z.string(), message: z.string() })
  .meta({ id: 'MembershipChanged' })

/** What a client says of who it is counts for nothing: the caller's own identity does. */
const said = opt(z.string()).meta({ description: 'Taken and ignored: the key tells who it is' })

export const listCollections = defineRoute({
  method: 'GET',
  path: '/collections',
  summary: 'List your collections, last changed first; all of them for an admin',
  ref: 'thunder §1.3 GET /collections',
  access: 'logs:read',
  query: PageQuery,
  reply: {
    200: z
      .object({
        collections: z.array(CollectionSummary),
        total: z.int(),
        limit: z.int(),
        offset: z.int(),
      })
      .meta({ id: 'Collections' }),
    ...collectionRefusals,
  },
})

export const createCollection = defineRoute({
  method: 'POST',
  path: '/collections',
  summary: 'Begin a collection',
  ref: 'thunder §1.3 POST /collections',
  access: 'logs:write',
  body: z
    .object({ name: z.string(), description: opt(z.string()), created_by: said })
    .meta({ id: 'CollectionIn' }),
  reply: { 201: CollectionChanged, ...withBody },
})

export const getCollection = defineRoute({
  method: 'GET',
  path: '/collections/{collection_id}',
  summary: 'Read a collection and its logs, last added first',
  ref: 'thunder §1.3 GET /collections/{collection_id}',
  access: 'logs:read',
  params: CollectionParams,
  query: PageQuery,
  reply: {
    200: z
      .object({
        collection: Collection,
        requests: z.array(CollectionRequest),
        total_requests: z.int(),
      })
      .meta({ id: 'CollectionPage' }),
    ...collectionRefusals,
  },
})

export const updateCollection = defineRoute({
  method: 'PUT',
  path: '/collections/{collection_id}',
  summary: 'Rename or describe a collection',
  ref: 'thunder §1.3 PUT /collections/{collection_id}',
  access: 'logs:write',
  params: CollectionParams,
  body: z
    .object({ name: opt(z.string()), description: opt(z.string()) })
    .meta({ id: 'CollectionEdit' }),
  reply: { 200: CollectionChanged, ...withBody },
})

export const deleteCollection = defineRoute({
  method: 'DELETE',
  path: '/collections/{collection_id}',
  summary: 'Delete a collection; its logs stay',
  ref: 'thunder §1.3 DELETE /collections/{collection_id}',
  access: 'logs:write',
  params: CollectionParams,
  reply: { 200: z.object({ id: I64, message: z.string() }), ...collectionRefusals },
})

export const addToCollection = defineRoute({
  method: 'POST',
  path: '/collections/{collection_id}/requests',
  summary: 'Add a log that you may read to a collection of yours',
  ref: 'thunder §1.3 POST /collections/{collection_id}/requests',
  access: 'logs:write',
  params: CollectionParams,
  body: z
    .object({ request_id: z.string(), added_by: said, notes: opt(z.string()) })
    .meta({ id: 'CollectionRequestIn' }),
  reply: { 200: MembershipChanged, ...withBody },
})

export const removeFromCollection = defineRoute({
  method: 'DELETE',
  path: '/collections/{collection_id}/requests',
  summary: 'Take a log out of a collection of yours',
  ref: 'thunder §1.3 DELETE /collections/{collection_id}/requests',
  access: 'logs:write',
  params: CollectionParams,
  body: z.object({ request_id: z.string() }).meta({ id: 'CollectionRequestOut' }),
  reply: { 200: MembershipChanged, ...withBody },
})

export const listCollectionsOfLog = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}/collections',
  summary: 'List your collections that hold a log, by name',
  ref: 'thunder §1.3 GET /logs/{request_id}/collections',
  access: 'logs:read',
  params: LogParams,
  reply: {
    200: z
      .object({ request_id: z.string(), collections: z.array(CollectionSummary) })
      .meta({ id: 'CollectionsOfLog' }),
    ...collectionRefusals,
  },
})

export const addLogToCollection = defineRoute({
  method: 'POST',
  path: '/logs/{request_id}/collections',
  summary: 'Add a log that you may read to a collection of yours',
  ref: 'thunder §1.3 POST /logs/{request_id}/collections',
  access: 'logs:write',
  params: LogParams,
  body: z
    .object({ collection_id: I64, added_by: said, notes: opt(z.string()) })
    .meta({ id: 'CollectionOfLogIn' }),
  reply: { 200: MembershipChanged, ...withBody },
})

export const removeLogFromCollection = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}/collections',
  summary: 'Take a log out of a collection of yours',
  ref: 'thunder §1.3 DELETE /logs/{request_id}/collections',
  access: 'logs:write',
  params: LogParams,
  body: z.object({ collection_id: I64 }).meta({ id: 'CollectionOfLogOut' }),
  reply: { 200: MembershipChanged, ...withBody },
})

export const collectionRoutes = {
  listCollections,
  createCollection,
  getCollection,
  updateCollection,
  deleteCollection,
  addToCollection,
  removeFromCollection,
  listCollectionsOfLog,
  addLogToCollection,
  removeLogFromCollection,
} as const
