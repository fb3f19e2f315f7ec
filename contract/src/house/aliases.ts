/** Names for models. Source: rulings §4, bodhi contract §4.5 and B.3. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ApiError, bodyRefusals, inputRefusals, refusals } from './errors.ts'
import { dataOf, Deleted, Time } from './scalars.ts'

/** Ranges are those of the bodhi contract §4.5; a request that says the same itself wins. */
export const RequestParams = z
  .strictObject({
    frequency_penalty: z.number().optional(),
    max_tokens: z.number().optional(),
    presence_penalty: z.number().optional(),
    seed: z.number().optional(),
    stop: z.array(z.string()).optional(),
    temperature: z.number().optional(),
    top_p: z.number().optional(),
    user: z.string().optional(),
    system_prompt: z
      .string()
      .optional()
      .meta({ description: 'Put first, unless the messages begin with a system message' }),
  })
  .meta({ id: 'RequestParams' })

export const AliasTarget = z
  .strictObject({
    model: z.string().meta({ description: '`connection/model`, or another alias' }),
    weight: z.number().optional().meta({ description: 'Above 0; 1 if not given' }),
    timeout_ms: z
      .number()
      .optional()
      .meta({ description: 'Longest wait for the first byte, 100 to 600000' }),
    enabled: z.boolean().optional().meta({ description: 'True if not given' }),
  })
  .meta({ id: 'AliasTarget' })
export type AliasTarget = z.infer<typeof AliasTarget>

export const AliasOptions = z
  .strictObject({
    strategy: z
      .enum(['fallback', 'weighted'])
      .optional()
      .meta({ description: '`fallback` (if not given) tries in order, `weighted` by chance' }),
    cache_seconds: z
      .number()
      .optional()
      .meta({ description: 'How long an answer is given again to the very same request' }),
  })
  .meta({ id: 'AliasOptions' })
export type AliasOptions = z.infer<typeof AliasOptions>

const said = {
  targets: z.array(AliasTarget).meta({ description: '1 to 16' }),
  request_params: RequestParams.optional(),
  options: AliasOptions.optional(),
}

export const AliasInput = z
  .strictObject({ name: z.string().meta({ description: '1 to 255 characters' }), ...said })
  .meta({ id: 'AliasInput' })

/** The whole of it: what is left out is taken away. */
export const AliasReplacement = z
  .strictObject({ name: z.string().optional(), ...said })
  .meta({ id: 'AliasReplacement' })
export type AliasReplacement = z.infer<typeof AliasReplacement>

export const Alias = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.literal('router'),
    targets: z.array(
      z.object({
        model: z.string(),
        weight: z.number().optional(),
        timeout_ms: z.number().optional(),
        enabled: z.boolean(),
      }),
    ),
    request_params: RequestParams,
    options: z.object({
      strategy: z.enum(['fallback', 'weighted']),
      cache_seconds: z.number().optional(),
    }),
    created_by: z.string().nullable(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Alias' })
export type Alias = z.infer<typeof Alias>

/** Percent-encoded: a name may hold `/` and `:`. */
const ByName = z.object({ name: z.string() })

export const aliasRoutes = {
  listAliases: defineRoute({
    method: 'GET',
    path: '/api/v1/aliases',
    summary: 'List the aliases of models by name',
    ref: 'rulings §4',
    access: 'models:read',
    reply: { 200: dataOf(z.array(Alias)), ...refusals },
  }),
  createAlias: defineRoute({
    method: 'POST',
    path: '/api/v1/aliases',
    summary: 'Name one or more models',
    ref: 'rulings §4',
    access: 'models:manage',
    body: AliasInput,
    reply: { 201: dataOf(Alias), ...bodyRefusals, 409: ApiError },
  }),
  getAlias: defineRoute({
    method: 'GET',
    path: '/api/v1/aliases/{name}',
    summary: 'Read an alias',
    ref: 'rulings §4',
    access: 'models:read',
    params: ByName,
    reply: { 200: dataOf(Alias), ...inputRefusals, 404: ApiError },
  }),
  updateAlias: defineRoute({
    method: 'PUT',
    path: '/api/v1/aliases/{name}',
    summary: 'Replace an alias; what is left out is taken away',
    ref: 'rulings §4',
    access: 'models:manage',
    params: ByName,
    body: AliasReplacement,
    reply: { 200: dataOf(Alias), ...bodyRefusals, 404: ApiError },
  }),
  deleteAlias: defineRoute({
    method: 'DELETE',
    path: '/api/v1/aliases/{name}',
    summary: 'Forget an alias that no other leads to',
    ref: 'rulings §4',
    access: 'models:manage',
    params: ByName,
    reply: { 200: dataOf(Deleted), ...inputRefusals, 404: ApiError, 409: ApiError },
  }),
} as const
