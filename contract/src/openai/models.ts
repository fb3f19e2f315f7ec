/** The models that can be asked. Source: bodhi contract §1.14, rulings §4 and §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { OpenAiError, refusals, unchanged } from './errors.ts'

export const Model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().meta({ description: 'Unix seconds; 0 where nobody knows' }),
    owned_by: z.string().meta({ description: '`system`, or the provider' }),
  })
  .meta({ id: 'Model' })
export type Model = z.infer<typeof Model>

export const ModelList = z
  .object({
    object: z.literal('list'),
    data: z.array(Model),
    providers: z
      .array(z.object({ name: z.string(), status: z.string(), error: z.string().optional() }))
      .meta({ description: 'Whether each provider told its models in time; an addition of ours' }),
  })
  .meta({ id: 'ModelList' })
export type ModelList = z.infer<typeof ModelList>

/** What Anthropic's clients are answered at the same address. */
export const AnthropicModel = z
  .object({
    type: z.literal('model'),
    id: z.string(),
    display_name: z.string(),
    created_at: z.string().meta({ description: 'RFC 3339' }),
  })
  .meta({ id: 'AnthropicModel' })
export type AnthropicModel = z.infer<typeof AnthropicModel>

export const AnthropicModelList = z
  .object({
    data: z.array(AnthropicModel),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .meta({ id: 'AnthropicModelList' })
export type AnthropicModelList = z.infer<typeof AnthropicModelList>

/** Of Anthropic's list only; strange values count as absent. */
const PageQuery = z.object({
  limit: z.string().optional().meta({ description: '1 to 1000; 20 if not given' }),
  after_id: z.string().optional(),
  before_id: z.string().optional(),
})

export const listModels = defineRoute({
  method: 'GET',
  path: '/v1/models',
  summary: "List the models; in Anthropic's form for a request with the header `anthropic-version`",
  ref: 'bodhi §1.14 GET /v1/models',
  access: 'models:read',
  query: PageQuery,
  reply: { 200: z.union([ModelList, AnthropicModelList]), ...unchanged, ...refusals },
})

export const getModel = defineRoute({
  method: 'GET',
  path: '/v1/models/{id}',
  summary: 'Read one model; slashes and colons of its id may be sent as they are',
  ref: 'bodhi §1.14 GET /v1/models/{id}',
  access: 'models:read',
  params: z.object({ id: z.string() }),
  reply: { 200: z.union([Model, AnthropicModel]), ...unchanged, ...refusals, 404: OpenAiError },
})
