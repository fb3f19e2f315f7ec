/** Public links and what they show. Source: thunder contract §1.10 to §1.12. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { CollectionParams, CollectionRequest, collectionRefusals } from './collections.ts'
import { ErrorA, plainText } from './errors.ts'
import { LogParams, LogResponse } from './logs.ts'
import { I64, PageQuery, Ts } from './scalars.ts'

const html = 'text/html; charset=utf-8'
const png = { media: 'image/png' } as const

const shared = { public_token: z.string(), public_url: z.string(), message: z.string() }
const unshared = { public_token: z.null(), public_url: z.null(), message: z.string() }

export const shareLog = defineRoute({
  method: 'POST',
  path: '/logs/{request_id}/public',
  summary: 'Make a log public under a new link; an old link dies',
  ref: 'thunder §1.3 POST /logs/{request_id}/public',
  access: 'logs:write',
  params: LogParams,
  reply: {
    200: z.object({ request_id: z.string(), is_public: z.literal(true), ...shared }),
    ...collectionRefusals,
  },
})

export const unshareLog = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}/public',
  summary: 'Make a log private; its link dies',
  ref: 'thunder §1.3 DELETE /logs/{request_id}/public',
  access: 'logs:write',
  params: LogParams,
  reply: {
    200: z.object({ request_id: z.string(), is_public: z.literal(false), ...unshared }),
    ...collectionRefusals,
  },
})

export const shareCollection = defineRoute({
  method: 'POST',
  path: '/collections/{collection_id}/public',
  summary: 'Make a collection public under a new link; an old link dies',
  ref: 'thunder §1.3 POST /collections/{collection_id}/public',
  access: 'logs:write',
  params: CollectionParams,
  reply: {
    200: z.object({ collection_id: I64, is_public: z.literal(true), ...shared }),
    ...collectionRefusals,
  },
})

export const unshareCollection = defineRoute({
  method: 'DELETE',
  path: '/collections/{collection_id}/public',
  summary: 'Make a collection private; its link dies',
  ref: 'thunder §1.3 DELETE /collections/{collection_id}/public',
  access: 'logs:write',
  params: CollectionParams,
  reply: {
    200: z.object({ collection_id: I64, is_public: z.literal(false), ...unshared }),
    ...collectionRefusals,
  },
})

const TokenParams = z.object({ public_token: z.string() })

export const readSharedLog = defineRoute({
  method: 'GET',
  path: '/share/request/{public_token}',
  summary: 'Read a public log; crawlers of social networks get a page about it',
  ref: 'thunder §1.3 GET /share/request/{public_token}',
  access: 'public',
  params: TokenParams,
  reply: { 200: { json: LogResponse, media: html }, 404: ErrorA, 500: ErrorA },
})

export const previewSharedLog = defineRoute({
  method: 'GET',
  path: '/share/request/{public_token}/og-image.png',
  summary: 'Draw the preview of a public log, 1200 by 628',
  ref: 'thunder §1.3 GET /share/request/{public_token}/og-image.png',
  access: 'public',
  params: TokenParams,
  reply: { 200: png, 404: ErrorA, 500: ErrorA, 503: ErrorA },
})

export const readLogOfSharedCollection = defineRoute({
  method: 'GET',
  path: '/share/{collection_token}/request/{request_id}',
  summary: 'Read a log of a public collection',
  ref: 'thunder §1.3 GET /share/{collection_token}/request/{request_id}',
  access: 'public',
  params: z.object({ collection_token: z.string(), request_id: z.string() }),
  reply: { 200: LogResponse, 404: ErrorA, 500: ErrorA },
})

export const readSharedCollection = defineRoute({
  method: 'GET',
  path: '/share/{public_token}',
  summary: 'Read a public collection and its logs, last added first',
  ref: 'thunder §1.3 GET /share/{public_token}',
  access: 'public',
  params: TokenParams,
  query: PageQuery,
  reply: {
    200: z
      .object({
        collection: z.object({
          id: I64,
          name: z.string(),
          description: z.string().nullable(),
          created_at: Ts,
          request_count: z.int(),
        }),
        requests: z.array(CollectionRequest),
        total_requests: z.int(),
      })
      .meta({ id: 'SharedCollection' }),
    400: plainText,
    404: ErrorA,
    500: ErrorA,
  },
})

export const playgroundCard = defineRoute({
  method: 'GET',
  path: '/playground',
  summary: 'Describe the playground to crawlers of social networks; nothing for anybody else',
  ref: 'thunder §1.3 GET /playground',
  access: 'public',
  reply: { 200: { media: html }, 404: ErrorA },
})

export const playgroundPreview = defineRoute({
  method: 'GET',
  path: '/playground/og-image.png',
  summary: 'Draw the preview of the playground, 1200 by 628',
  ref: 'thunder §1.3 GET /playground/og-image.png',
  access: 'public',
  reply: { 200: png, 500: ErrorA, 503: ErrorA },
})

export const shareRoutes = {
  shareLog,
  unshareLog,
  shareCollection,
  unshareCollection,
  readSharedLog,
  previewSharedLog,
  readLogOfSharedCollection,
  readSharedCollection,
  playgroundCard,
  playgroundPreview,
} as const
