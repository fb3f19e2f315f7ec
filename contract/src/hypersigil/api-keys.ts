/** Keys for software. Source: hypersigil contract §1.4, §7.6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, inputRefusals, Refusal, refusals, Time } from './route-kit.ts'

export const keyScopes = [
  'executions:run',
  'executions:read',
  'prompts:preview',
  'prompts:read',
  'files:upload',
  'deployments:run',
  'deployment-embeddings:run',
] as const
export type KeyScope = (typeof keyScopes)[number]
const KeyScope = z.enum(keyScopes)

const PublicApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    key_prefix: z.string().meta({ description: 'The first 16 characters of the key' }),
    permissions: z.object({ scopes: z.array(KeyScope) }),
    status: z.enum(['active', 'revoked']),
    usage_stats: z.object({
      total_requests: z.int(),
      last_used_at: Time.optional(),
      last_ip: z.string().optional(),
    }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'PublicApiKey' })
export type PublicApiKey = z.infer<typeof PublicApiKey>

const name = z.string().min(1).max(100)
const ApiKeyInput = z.strictObject({ name, scopes: z.array(KeyScope) }).meta({ id: 'ApiKeyInput' })
const ApiKeyChanges = z.strictObject({ name }).meta({ id: 'ApiKeyChanges' })
const ById = z.object({ id: z.string() })

/** A key's own owner is asked for: a key will not do. */
const access = 'session:tokens:own'

export const apiKeyRoutes = {
  listOwnApiKeys: defineRoute({
    method: 'GET',
    path: '/api/v1/api-keys',
    summary: 'List your own keys, the newest first, revoked ones too',
    ref: 'hypersigil §1.4',
    access,
    reply: { 200: dataOf(z.object({ api_keys: z.array(PublicApiKey) })), ...refusals },
  }),
  createOwnApiKey: defineRoute({
    method: 'POST',
    path: '/api/v1/api-keys',
    summary: 'Make a key; it is shown only in this reply',
    ref: 'hypersigil §1.4',
    access,
    body: ApiKeyInput,
    reply: {
      201: dataOf(z.object({ api_key: PublicApiKey, plain_key: z.string() })),
      ...inputRefusals,
    },
  }),
  getOwnApiKeyStats: defineRoute({
    method: 'GET',
    path: '/api/v1/api-keys/stats',
    summary: 'Count your own keys and their requests',
    ref: 'hypersigil §1.4',
    access,
    reply: {
      200: dataOf(
        z.object({
          total_keys: z.int(),
          active_keys: z.int(),
          revoked_keys: z.int(),
          total_requests: z.int(),
        }),
      ),
      ...refusals,
    },
  }),
  getOwnApiKey: defineRoute({
    method: 'GET',
    path: '/api/v1/api-keys/{id}',
    summary: 'Read one of your own keys',
    ref: 'hypersigil §1.4',
    access,
    params: ById,
    reply: { 200: dataOf(PublicApiKey), ...refusals, 404: Refusal },
  }),
  renameOwnApiKey: defineRoute({
    method: 'PUT',
    path: '/api/v1/api-keys/{id}',
    summary: 'Rename one of your own keys',
    ref: 'hypersigil §1.4',
    access,
    params: ById,
    body: ApiKeyChanges,
    reply: { 200: dataOf(PublicApiKey), ...inputRefusals, 404: Refusal },
  }),
  revokeOwnApiKey: defineRoute({
    method: 'DELETE',
    path: '/api/v1/api-keys/{id}',
    summary: 'Revoke one of your own keys for good',
    ref: 'hypersigil §1.4',
    access,
    params: ById,
    reply: { 200: dataOf(PublicApiKey), ...refusals, 404: Refusal },
  }),
} as const
