/** Models of remote providers. Source: bodhi contract §1.16 and B.2. */
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
import { access } from './model-fields.ts'
import { Time } from './scalars.ts'

export const apiFormats = ['openai', 'openai_responses', 'anthropic', 'gemini'] as const
/** The two with a login of their own are not built. */
export const ApiFormat = z.enum(apiFormats).meta({ id: 'ApiFormat' })
export type ApiFormat = z.infer<typeof ApiFormat>

export const ApiModel = z
  .looseObject({
    provider: z.enum(['openai', 'anthropic', 'gemini']),
    id: z.string().meta({ description: 'As its provider names it, without the prefix' }),
    access,
  })
  .meta({ id: 'ApiModel' })

export const ApiAlias = z
  .object({
    source: z.literal('api'),
    id: z.string(),
    name: z.string(),
    api_format: ApiFormat,
    base_url: z.string().nullable(),
    has_api_key: z.boolean(),
    models: z.array(ApiModel),
    prefix: z.string().nullable(),
    forward_all_with_prefix: z.boolean(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'ApiAlias' })
export type ApiAlias = z.infer<typeof ApiAlias>

const KeyChange = z.discriminatedUnion('action', [
  z.object({ action: z.literal('keep') }),
  z.object({ action: z.literal('set'), value: z.string().max(4096).nullable() }),
])

export const ApiModelRequest = z
  .object({
    api_format: ApiFormat,
    name: z.string().min(1).max(255),
    base_url: z.string(),
    api_key: KeyChange.optional().meta({ description: 'Default `{"action":"keep"}`' }),
    models: z.array(z.string()),
    prefix: z.string().nullish(),
    forward_all_with_prefix: z.boolean().nullish().meta({ description: 'Default false' }),
  })
  .meta({ id: 'ApiModelRequest' })
export type ApiModelRequest = z.infer<typeof ApiModelRequest>

const Credentials = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('id'), value: z.string() }),
    z.object({ type: z.literal('api_key'), value: z.string().max(4096).nullable() }),
  ])
  .meta({ id: 'ApiCredentials', description: 'The stored key of a provider, or one to try' })

const place = { api_format: ApiFormat, creds: Credentials.nullish(), base_url: z.string() }

const TestPromptRequest = z
  .object({ ...place, model: z.string().min(1), prompt: z.string().min(1).max(30) })
  .meta({ id: 'TestPromptRequest' })

const FetchModelsRequest = z.object(place).meta({ id: 'FetchModelsRequest' })

const TestPromptReply = z
  .object({
    success: z.boolean(),
    response: z.string().optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'TestPromptReply', description: 'What a provider refuses is told, not refused' })

const ById = z.object({ id: z.string() })
const at = '/bodhi/v1/models/api'

export const apiModelRoutes = {
  createApiModel: defineRoute({
    method: 'POST',
    path: at,
    summary: 'Add a remote provider',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/api',
    access: 'models:manage',
    body: ApiModelRequest,
    reply: { 201: ApiAlias, ...bodyRefusals, 409: BodhiError },
  }),
  listApiFormats: defineRoute({
    method: 'GET',
    path: `${at}/formats`,
    summary: 'List the dialects that remote providers may speak',
    ref: 'bodhi §1.16 GET /bodhi/v1/models/api/formats',
    access: 'models:read',
    reply: { 200: z.object({ data: z.array(ApiFormat) }), ...refusals },
  }),
  testApiModel: defineRoute({
    method: 'POST',
    path: `${at}/test`,
    summary: 'Ask a provider a short question before it is saved',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/api/test',
    access: 'models:manage',
    body: TestPromptRequest,
    reply: { 200: TestPromptReply, ...namedBodyRefusals, 429: BodhiError },
  }),
  fetchApiModels: defineRoute({
    method: 'POST',
    path: `${at}/fetch-models`,
    summary: 'Ask a provider for its models before it is saved',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/api/fetch-models',
    access: 'models:manage',
    body: FetchModelsRequest,
    reply: {
      200: z.object({ models: z.array(z.string()) }),
      ...namedBodyRefusals,
      502: BodhiError,
    },
  }),
  getApiModel: defineRoute({
    method: 'GET',
    path: `${at}/{id}`,
    summary: 'Read a remote provider',
    ref: 'bodhi §1.16 GET /bodhi/v1/models/api/{id}',
    access: 'models:read',
    params: ById,
    reply: { 200: ApiAlias, ...unchanged, ...namedRefusals },
  }),
  updateApiModel: defineRoute({
    method: 'PUT',
    path: `${at}/{id}`,
    summary: 'Replace what is said of a remote provider; its dialect stays',
    ref: 'bodhi §1.16 PUT /bodhi/v1/models/api/{id}',
    access: 'models:manage',
    params: ById,
    body: ApiModelRequest,
    reply: { 200: ApiAlias, ...namedBodyRefusals, 409: BodhiError },
  }),
  deleteApiModel: defineRoute({
    method: 'DELETE',
    path: `${at}/{id}`,
    summary: 'Forget a remote provider that no router leads to',
    ref: 'bodhi §1.16 DELETE /bodhi/v1/models/api/{id}',
    access: 'models:manage',
    params: ById,
    reply: { 204: nothing, ...namedRefusals, 409: BodhiError },
  }),
  syncApiModel: defineRoute({
    method: 'POST',
    path: `${at}/{id}/sync-models`,
    summary: 'Take over the models that a remote provider lists now',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/api/{id}/sync-models',
    access: 'models:manage',
    params: ById,
    reply: { 200: ApiAlias, ...namedRefusals, 502: BodhiError },
  }),
} as const
