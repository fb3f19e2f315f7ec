/** Connections to the providers of models. Source: rulings §1, §3 and §4. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ApiError, bodyRefusals, inputRefusals, refusals } from './errors.ts'
import { dataOf, Deleted, Time } from './scalars.ts'

const prefixNote = 'Its models are listed and asked for with this before their ids'
const maskNote = 'A mask: `…` and the last four characters. Writing it back changes nothing'

export const Connection = z
  .object({
    name: z.string().meta({ description: 'The word before `/` in the names of its models' }),
    kind: z.enum(['openai', 'anthropic', 'google', 'ollama', 'openai-compatible', 'local']),
    label: z.string(),
    base_url: z.string().nullable().meta({ description: '`local:` for the engine of this server' }),
    base_url_source: z.enum(['environment', 'stored', 'built-in']),
    api_key: z.string().nullable().meta({ description: maskNote }),
    api_key_source: z.enum(['environment', 'stored']).nullable(),
    stored_api_key: z
      .string()
      .nullable()
      .meta({ description: `Kept, but not used while the environment gives a key. ${maskNote}` }),
    active: z.boolean(),
    built_in: z.boolean(),
    stored: z.boolean().meta({ description: 'Whether anything of it was set over the API' }),
    models: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Count instead of what the provider lists' }),
    prefix: z.string().nullable().meta({ description: prefixNote }),
    created_at: Time.nullable(),
    updated_at: Time.nullable(),
  })
  .meta({ id: 'Connection' })
export type Connection = z.infer<typeof Connection>

const changeable = {
  kind: z
    .string()
    .optional()
    .meta({ description: '`openai`, `anthropic`, `google`, `ollama` or `openai-compatible`' }),
  base_url: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'A web address without query; null for the usual one of the kind' }),
  api_key: z.string().nullable().optional().meta({ description: 'Null takes the stored one away' }),
  active: z.boolean().optional(),
  models: z.array(z.string()).nullable().optional(),
  label: z.string().nullable().optional().meta({ description: 'As people call it' }),
  prefix: z.string().nullable().optional().meta({ description: prefixNote }),
}

export const ConnectionInput = z
  .strictObject({ name: z.string(), ...changeable })
  .meta({ id: 'ConnectionInput' })

/** What is left out stays as it is. */
export const ConnectionChanges = z.strictObject(changeable).meta({ id: 'ConnectionChanges' })
export type ConnectionChanges = z.infer<typeof ConnectionChanges>

export const ProviderStatus = z
  .object({
    name: z.string(),
    status: z.enum(['ok', 'unreachable', 'refused', 'no-key', 'switched-off']),
    error: z.string().optional(),
    model_count: z.int(),
    checked_at: Time.nullable().meta({ description: 'Null where the provider was not asked' }),
  })
  .meta({ id: 'ProviderStatus' })
export type ProviderStatus = z.infer<typeof ProviderStatus>

const ByName = z.object({ name: z.string() })

const SaveQuery = z.strictObject({
  skip_test: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true` saves it without asking the provider for its models' }),
})

export const connectionRoutes = {
  listConnections: defineRoute({
    method: 'GET',
    path: '/api/v1/connections',
    summary: 'List the connections to providers, the built-in ones first',
    ref: 'rulings §4',
    access: 'models:read',
    reply: { 200: dataOf(z.array(Connection)), ...refusals },
  }),
  createConnection: defineRoute({
    method: 'POST',
    path: '/api/v1/connections',
    summary: 'Add a connection, once its provider has told its models',
    ref: 'rulings §4',
    access: 'models:manage',
    query: SaveQuery,
    body: ConnectionInput,
    reply: { 201: dataOf(Connection), ...bodyRefusals, 409: ApiError },
  }),
  getConnection: defineRoute({
    method: 'GET',
    path: '/api/v1/connections/{name}',
    summary: 'Read a connection',
    ref: 'rulings §4',
    access: 'models:read',
    params: ByName,
    reply: { 200: dataOf(Connection), ...inputRefusals, 404: ApiError },
  }),
  updateConnection: defineRoute({
    method: 'PUT',
    path: '/api/v1/connections/{name}',
    summary: 'Change a connection; of `local` only whether it is on. What is left out stays',
    ref: 'rulings §3, §4',
    access: 'models:manage',
    params: ByName,
    query: SaveQuery,
    body: ConnectionChanges,
    reply: { 200: dataOf(Connection), ...bodyRefusals, 404: ApiError, 409: ApiError },
  }),
  deleteConnection: defineRoute({
    method: 'DELETE',
    path: '/api/v1/connections/{name}',
    summary: 'Forget a connection that no alias leads to',
    ref: 'rulings §4',
    access: 'models:manage',
    params: ByName,
    reply: { 200: dataOf(Deleted), ...inputRefusals, 404: ApiError, 409: ApiError },
  }),
  testConnection: defineRoute({
    method: 'POST',
    path: '/api/v1/connections/{name}/test',
    summary: 'Ask a provider for its models now',
    ref: 'rulings §4',
    access: 'models:manage',
    params: ByName,
    reply: { 200: dataOf(ProviderStatus), ...inputRefusals, 404: ApiError },
  }),
  listProviders: defineRoute({
    method: 'GET',
    path: '/api/v1/providers',
    summary: 'Tell how each provider is doing',
    ref: 'rulings §4',
    access: 'models:read',
    reply: { 200: dataOf(z.array(ProviderStatus)), ...refusals },
  }),
} as const
