/** Names for models. Source: rulings §4, bodhi contract §4.5, §4.6 and B.3. */
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
    model: z
      .string()
      .meta({ description: '`connection/model`, a discovered model, or another alias' }),
    weight: z.number().optional().meta({ description: 'Above 0; 1 if not given' }),
    timeout_ms: z
      .number()
      .optional()
      .meta({ description: 'Longest wait for the first byte, 100 to 600000' }),
    enabled: z.boolean().optional().meta({ description: 'True if not given' }),
  })
  .meta({ id: 'AliasTarget' })
export type AliasTarget = z.infer<typeof AliasTarget>

const answers = {
  cache_seconds: z
    .number()
    .optional()
    .meta({ description: 'How long an answer is given again to the very same request' }),
  trace_tokens: z.number().optional().meta({
    description:
      'With how many alternatives each token of a local model is recorded, 0 to 20; no tokens are if not given',
  }),
}

const rests = {
  cooldown_seconds: z.number().optional().meta({
    description: 'How long a target that failed is passed over while others remain, to 86400',
  }),
  max_attempts: z
    .number()
    .optional()
    .meta({ description: 'How many targets one request tries, to 16; 0 for all' }),
  honor_retry_after: z.boolean().optional().meta({
    description:
      'A target that says when to come again is passed over until then, if that is later',
  }),
}

export const AliasOptions = z
  .strictObject({
    strategy: z
      .enum(['fallback', 'weighted'])
      .optional()
      .meta({ description: '`fallback` (if not given) tries in order, `weighted` by chance' }),
    ...answers,
    ...rests,
  })
  .meta({ id: 'AliasOptions' })
export type AliasOptions = z.infer<typeof AliasOptions>

export const FileAliasOptions = z.strictObject(answers).meta({ id: 'FileAliasOptions' })
export type FileAliasOptions = z.infer<typeof FileAliasOptions>

/** Source: bodhi contract §4.6. */
export const ContextParams = z
  .union([z.record(z.string(), z.number().nullable()), z.array(z.string())])
  .meta({
    id: 'ContextParams',
    description:
      'How the model is loaded: an object such as `{"n_ctx":4096}`, or engine arguments as in `["--ctx-size 4096"]`',
  })
export type ContextParams = z.infer<typeof ContextParams>

const name = z.string().meta({ description: '1 to 255 characters' })
const routerKind = z.literal('router').optional().meta({ description: 'If not given, it is this' })

const routing = {
  targets: z.array(AliasTarget).meta({ description: '1 to 16' }),
  request_params: RequestParams.optional(),
  options: AliasOptions.optional(),
}

const naming = {
  kind: z.literal('file'),
  repo: z.string().meta({ description: '`user/name`' }),
  filename: z.string().meta({ description: 'A GGUF file on this machine' }),
  snapshot: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'A commit or a branch; `main` if not given' }),
  request_params: RequestParams.optional(),
  context_params: ContextParams.optional(),
  options: FileAliasOptions.optional(),
}

export const RouterInput = z
  .strictObject({ name, kind: routerKind, ...routing })
  .meta({ id: 'RouterAliasInput' })
export const FileInput = z.strictObject({ name, ...naming }).meta({ id: 'FileAliasInput' })

export const AliasInput = z
  .discriminatedUnion('kind', [RouterInput, FileInput])
  .meta({ id: 'AliasInput' })

export const RouterReplacement = z
  .strictObject({ name: z.string().optional(), kind: routerKind, ...routing })
  .meta({ id: 'RouterAliasReplacement' })
export type RouterReplacement = z.infer<typeof RouterReplacement>
export const FileReplacement = z
  .strictObject({ name: z.string().optional(), ...naming })
  .meta({ id: 'FileAliasReplacement' })
export type FileReplacement = z.infer<typeof FileReplacement>

/** The whole of it: what is left out is taken away. The kind stays as it is. */
export const AliasReplacement = z
  .discriminatedUnion('kind', [RouterReplacement, FileReplacement])
  .meta({ id: 'AliasReplacement' })

const identity = { id: z.string(), name: z.string() }

const facts = {
  created_by: z.string().nullable(),
  created_at: Time,
  updated_at: Time,
}

export const RouterAlias = z
  .object({
    ...identity,
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
    options: z.object({ strategy: z.enum(['fallback', 'weighted']), ...answers, ...rests }),
    ...facts,
  })
  .meta({ id: 'RouterAlias' })
export type RouterAlias = z.infer<typeof RouterAlias>

export const FileAlias = z
  .object({
    ...identity,
    kind: z.literal('file'),
    repo: z.string(),
    filename: z.string(),
    snapshot: z.string().meta({ description: 'The commit' }),
    request_params: RequestParams,
    context_params: z
      .union([z.record(z.string(), z.unknown()), z.array(z.string())])
      .meta({ description: 'In the form in which they were given' }),
    options: FileAliasOptions,
    ...facts,
  })
  .meta({ id: 'FileAlias' })
export type FileAlias = z.infer<typeof FileAlias>

export const Alias = z.discriminatedUnion('kind', [RouterAlias, FileAlias]).meta({ id: 'Alias' })
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
    summary: 'Name one or more models, or a model file',
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
