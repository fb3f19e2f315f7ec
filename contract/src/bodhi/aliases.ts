/** Models of every kind, and names for files. Source: bodhi contract §1.9, §1.16, B.1. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ApiAlias, apiFormats } from './api-models.ts'
import { DownloadRequest } from './downloads.ts'
import {
  BodhiError,
  namedBodyRefusals,
  namedRefusals,
  nothing,
  refusals,
  unchanged,
} from './errors.ts'
import { AliasRequest, CopyRequest, ModelAlias, UserAlias } from './file-models.ts'
import { ModelRouter } from './routers.ts'
import { pageOf, SortedQuery, wholeText } from './scalars.ts'

export const capabilities = [
  'vision',
  'audio',
  'thinking',
  'function_calling',
  'structured_output',
] as const

/** One of four kinds, told apart by `source`. */
export const AnyModel = z
  .discriminatedUnion('source', [UserAlias, ModelAlias, ApiAlias, ModelRouter])
  .meta({ id: 'AliasResponse' })
export type AnyModel = z.infer<typeof AnyModel>

const ModelQuery = SortedQuery.extend({
  sort: z
    .string()
    .optional()
    .meta({ description: '`name` (default), `repo`, `filename` or `source`' }),
  type: z.enum(['user', 'model', 'api', 'model_router']).optional(),
  api_format: z.enum(apiFormats).optional(),
  size_min: wholeText(0).optional().meta({ description: 'Bytes' }),
  size_max: wholeText(0).optional().meta({ description: 'Bytes' }),
  capability: z.enum(capabilities).optional(),
  search: z.string().optional().meta({ description: 'Part of a name, repository or file name' }),
})
export type ModelQuery = z.infer<typeof ModelQuery>

/** Percent-encoded: a name may hold `/` and `:`. */
const ByAlias = z.object({
  alias: z.string().meta({ description: 'The name or the id, percent-encoded' }),
})
const ById = z.object({ id: z.string().meta({ description: 'The id or the name' }) })

const Message = z.looseObject({ role: z.string() })

const TemplateRequest = z
  .object({
    messages: z.array(Message),
    tools: z.array(z.looseObject({})).nullish(),
  })
  .meta({ id: 'TemplateRequest' })

const at = '/bodhi/v1/models'

/** Routes of the seed. */
const seedRoutes = {
  listModelAliases: defineRoute({
    method: 'GET',
    path: at,
    summary: 'List the models: names for files, files without a name, remote providers, routers',
    ref: 'bodhi §1.9 GET /bodhi/v1/models',
    access: 'models:read',
    query: ModelQuery,
    reply: { 200: pageOf(AnyModel), ...unchanged, ...refusals },
  }),
  getAlias: defineRoute({
    method: 'GET',
    path: `${at}/{alias}`,
    summary: 'Read one model of any kind',
    ref: 'bodhi §1.9 GET /bodhi/v1/models/{alias}',
    access: 'models:read',
    params: ByAlias,
    reply: { 200: AnyModel, ...unchanged, ...namedRefusals },
  }),
  createAlias: defineRoute({
    method: 'POST',
    path: at,
    summary: 'Name a file that is there',
    ref: 'bodhi §1.9 POST /bodhi/v1/models',
    access: 'models:manage',
    body: AliasRequest,
    reply: { 201: UserAlias, ...namedBodyRefusals, 409: BodhiError, 422: BodhiError },
  }),
  updateAlias: defineRoute({
    method: 'PUT',
    path: `${at}/{alias}`,
    summary: 'Replace what a name stands for; what is left out is taken away',
    ref: 'bodhi §1.9 PUT /bodhi/v1/models/{alias}',
    access: 'models:manage',
    params: ByAlias,
    body: AliasRequest,
    reply: { 200: UserAlias, ...namedBodyRefusals, 422: BodhiError },
  }),
  deleteAlias: defineRoute({
    method: 'DELETE',
    path: `${at}/{alias}`,
    summary: 'Forget a name; the file stays, and what runs goes on',
    ref: 'bodhi §1.9 DELETE /bodhi/v1/models/{alias}',
    access: 'models:manage',
    params: ByAlias,
    reply: { 204: nothing, ...namedRefusals, 409: BodhiError },
  }),
  copyAlias: defineRoute({
    method: 'POST',
    path: `${at}/{alias}/copy`,
    summary: 'Give what has one name another one too',
    ref: 'bodhi §1.9 POST /bodhi/v1/models/{alias}/copy',
    access: 'models:manage',
    params: ByAlias,
    body: CopyRequest,
    reply: { 201: AnyModel, ...namedBodyRefusals, 409: BodhiError },
  }),
  previewTemplate: defineRoute({
    method: 'POST',
    path: `${at}/{alias}/template`,
    summary: 'Show messages as the chat template of a local model writes them',
    ref: 'bodhi §4.7',
    access: 'models:read',
    params: ByAlias,
    body: TemplateRequest,
    reply: { 200: z.object({ prompt: z.string() }), ...namedBodyRefusals, 422: BodhiError },
  }),
} as const

/** The same of newer clients. */
const laterRoutes = {
  createUserAlias: defineRoute({
    method: 'POST',
    path: `${at}/alias`,
    summary:
      'Name a file; 202 with the download of one that is not there, which gets its name afterwards',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/alias',
    access: 'models:manage',
    body: AliasRequest,
    reply: {
      201: UserAlias,
      202: DownloadRequest,
      ...namedBodyRefusals,
      409: BodhiError,
      422: BodhiError,
      429: BodhiError,
    },
  }),
  updateUserAlias: defineRoute({
    method: 'PUT',
    path: `${at}/alias/{id}`,
    summary: 'Replace what a name stands for',
    ref: 'bodhi §1.16 PUT /bodhi/v1/models/alias/{id}',
    access: 'models:manage',
    params: ById,
    body: AliasRequest,
    reply: { 200: UserAlias, ...namedBodyRefusals, 422: BodhiError },
  }),
  deleteUserAlias: defineRoute({
    method: 'DELETE',
    path: `${at}/alias/{id}`,
    summary: 'Forget a name',
    ref: 'bodhi §1.16 DELETE /bodhi/v1/models/alias/{id}',
    access: 'models:manage',
    params: ById,
    reply: { 200: nothing, ...namedRefusals, 409: BodhiError },
  }),
  copyUserAlias: defineRoute({
    method: 'POST',
    path: `${at}/alias/{id}/copy`,
    summary: 'Give what has one name another one too',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/alias/{id}/copy',
    access: 'models:manage',
    params: ById,
    body: CopyRequest,
    reply: { 201: AnyModel, ...namedBodyRefusals, 409: BodhiError },
  }),
} as const

export const aliasRoutes = { ...seedRoutes, ...laterRoutes } as const
