/** A person's own API tokens. Source: bodhi contract §1.12, §3.9. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { bodyRefusals, namedBodyRefusals, namedRefusals, nothing, refusals } from './errors.ts'
import { PageQuery, pageOf, Time } from './scalars.ts'

/** From the least to the most powerful. */
export const tokenScopes = [
  'scope_token_user',
  'scope_token_power_user',
  'scope_token_manager',
  'scope_token_admin',
] as const
export type TokenScope = (typeof tokenScopes)[number]

/** The same in the words of older clients. */
export const olderScopes = ['read', 'write', 'admin'] as const
export type OlderScope = (typeof olderScopes)[number]

const Reach = z.discriminatedUnion('type', [
  z.object({ type: z.literal('all') }),
  z.object({
    type: z.literal('specific'),
    ids: z.array(z.string()).meta({ description: 'Names of models, `provider/*` or `*`' }),
  }),
])

export const TokenGrants = z
  .object({
    version: z.literal('1'),
    models_list: z
      .boolean()
      .meta({ description: 'Whether it is shown models that it may not use' }),
    models: Reach,
    mcps_list: z.boolean(),
    mcps: Reach,
  })
  .meta({ id: 'TokenGrants' })
export type TokenGrants = z.infer<typeof TokenGrants>

const NewTokenGrants = TokenGrants.partial().meta({
  id: 'NewTokenGrants',
  description: 'What is left out is not granted. There are no MCP servers to grant',
})

export const ApiToken = z
  .object({
    id: z.string(),
    user_id: z
      .string()
      .nullable()
      .meta({ description: 'Null for tokens of the owner of an open server' }),
    name: z.string(),
    token_prefix: z.string(),
    token_id: z.string().meta({ description: 'The same as `token_prefix`' }),
    token_hash: z.string().meta({ description: 'A mask' }),
    scopes: z.enum(tokenScopes),
    status: z.enum(['active', 'inactive']),
    grants: TokenGrants,
    last_used_at: Time.nullable(),
    expires_at: Time.nullable().meta({ description: 'Beyond the contract' }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.infer<typeof ApiToken>

export const NewApiToken = z
  .object({
    name: z.string().nullish().meta({ description: 'At most 100 characters' }),
    scope: z
      .enum([...tokenScopes, ...olderScopes])
      .nullish()
      .meta({
        description:
          'Default `scope_token_user`; `read`, `write` and `admin` are that of a user, of a power user and of an admin',
      }),
    grants: NewTokenGrants.nullish().meta({ description: 'Default everything the scope allows' }),
    expires_at: z.iso
      .datetime({ offset: true })
      .nullish()
      .meta({ description: 'Beyond the contract' }),
  })
  .meta({ id: 'NewApiToken' })
export type NewApiToken = z.infer<typeof NewApiToken>

const MadeApiToken = z
  .object({
    token: z.string().meta({ description: 'Seen only now' }),
    offline_token: z.string().meta({ description: 'The same, for older clients' }),
  })
  .meta({ id: 'MadeApiToken' })

const ApiTokenChanges = z
  .object({
    name: z.string().nullish().meta({ description: '3 to 100 characters; left out, it stays' }),
    status: z.enum(['active', 'inactive']),
  })
  .meta({ id: 'ApiTokenChanges' })

const path = '/bodhi/v1/tokens'
const ById = z.object({ id: z.string() })
/** A person with the role of a power user at least; a token will not do. */
const access = 'session:tokens:own'

export const tokenRoutes = {
  listApiTokens: defineRoute({
    method: 'GET',
    path,
    summary: 'List your own API tokens, the newest first',
    ref: 'bodhi §1.12 GET /bodhi/v1/tokens',
    access,
    query: PageQuery,
    reply: { 200: pageOf(ApiToken), ...refusals },
  }),
  createApiToken: defineRoute({
    method: 'POST',
    path,
    summary: 'Make an API token of your own',
    ref: 'bodhi §1.12 POST /bodhi/v1/tokens',
    access,
    body: NewApiToken,
    reply: { 201: MadeApiToken, ...bodyRefusals },
  }),
  updateApiToken: defineRoute({
    method: 'PUT',
    path: `${path}/{id}`,
    summary: 'Rename an API token of your own, switch it off or on',
    ref: 'bodhi §1.12 PUT /bodhi/v1/tokens/{id}',
    access,
    params: ById,
    body: ApiTokenChanges,
    reply: { 200: ApiToken, ...namedBodyRefusals },
  }),
  deleteApiToken: defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    summary: 'End an API token of your own for good',
    ref: 'bodhi §1.12 DELETE /bodhi/v1/tokens/{id}',
    access,
    params: ById,
    reply: { 204: nothing, ...namedRefusals },
  }),
} as const
