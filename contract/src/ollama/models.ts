/** The models that can be asked. Source: Ollama's API reference, bodhi contract §1.15, rulings §4. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { bodyRefusals, OllamaError, refusals } from './errors.ts'

/** Of a model whose file is elsewhere nothing is known: texts are empty, lists are null. */
export const ModelDetails = z
  .looseObject({
    parent_model: z.string().nullish(),
    format: z.string().nullish(),
    family: z.string().nullish(),
    families: z.array(z.string()).nullish(),
    parameter_size: z.string().nullish(),
    quantization_level: z.string().nullish(),
  })
  .meta({ id: 'OllamaModelDetails' })
export type ModelDetails = z.infer<typeof ModelDetails>

const Tag = z
  .object({
    name: z.string(),
    model: z.string().meta({ description: 'The name again' }),
    modified_at: z.string().meta({ description: 'RFC 3339; 1970 where nobody knows' }),
    size: z.int().min(0).meta({ description: '0 for a model elsewhere' }),
    digest: z.string().meta({ description: 'Stands for the entry, not for the content of a file' }),
    details: ModelDetails,
  })
  .meta({ id: 'OllamaModel' })

export const Tags = z.object({ models: z.array(Tag) }).meta({ id: 'OllamaModels' })
export type Tags = z.infer<typeof Tags>

/** As an Ollama tells it. */
const LoadedModel = z
  .looseObject({ name: z.string(), model: z.string() })
  .meta({ id: 'OllamaLoadedModel' })

export const LoadedModels = z
  .object({ models: z.array(LoadedModel) })
  .meta({ id: 'OllamaLoadedModels' })
export type LoadedModels = z.infer<typeof LoadedModels>

export const ShowRequest = z
  .looseObject({
    model: z.string().min(1).optional(),
    name: z.string().min(1).optional().meta({ description: 'The older word for `model`' }),
  })
  .refine(({ model, name }) => (model ?? name) !== undefined, {
    message: 'is required',
    path: ['model'],
  })
  .meta({ id: 'OllamaShowRequest' })

export const ShownModel = z
  .looseObject({
    details: ModelDetails,
    license: z.string().optional(),
    model_info: z.record(z.string(), z.unknown()).nullish(),
    modelfile: z.string().optional(),
    modified_at: z.string().optional(),
    parameters: z.string().optional().meta({ description: 'An alias: its defaults as YAML' }),
    template: z.string().optional(),
    capabilities: z.array(z.string()).nullish(),
  })
  .meta({ id: 'OllamaShownModel' })
export type ShownModel = z.infer<typeof ShownModel>

export const listTags = defineRoute({
  method: 'GET',
  path: '/api/tags',
  summary: 'List the models',
  ref: 'bodhi §1.15 GET /api/tags',
  access: 'models:read',
  reply: { 200: Tags, ...refusals },
})

export const showModel = defineRoute({
  method: 'POST',
  path: '/api/show',
  summary: 'Read one model; what an Ollama runs is told in its own words',
  ref: 'bodhi §1.15 POST /api/show',
  access: 'models:read',
  body: ShowRequest,
  reply: { 200: ShownModel, ...bodyRefusals, 404: OllamaError, 502: OllamaError, 508: OllamaError },
})

export const listLoaded = defineRoute({
  method: 'GET',
  path: '/api/ps',
  summary: 'List what the connected Ollamas hold in memory; those that do not answer are left out',
  ref: 'Ollama API reference, ps',
  access: 'models:read',
  reply: { 200: LoadedModels, ...refusals },
})

export const version = defineRoute({
  method: 'GET',
  path: '/api/version',
  summary: "The version of Ollama's API that is spoken here",
  ref: 'Ollama API reference, version',
  access: 'public',
  reply: { 200: z.object({ version: z.string() }).meta({ id: 'OllamaVersion' }) },
})
