/** Prompts and their versions. Source: hypersigil contract §1.5, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  dataOf,
  inputRefusals,
  nothing,
  OrderDirection,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Uuid,
} from './route-kit.ts'

const JsonSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: 'JSON Schema of draft 6, 7, 2019-09 or 2020-12, as `$schema` says' })

const Escape = z
  .enum(['html', 'none'])
  .meta({ description: 'Whether values are escaped for HTML when a prompt is compiled' })

const PromptOptions = z
  .object({
    acceptFileUpload: z.boolean().optional(),
    webSearch: z.boolean().optional(),
    escape: Escape.optional(),
  })
  .meta({ id: 'PromptOptions' })

const PromptMessage = z
  .object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
  .meta({ id: 'PromptMessage' })

const Messages = z
  .array(PromptMessage)
  .max(200)
  .meta({ description: 'Each content is a template; `prompt` is then their text' })

const content = {
  name: z.string(),
  prompt: z.string(),
  messages: Messages.optional(),
  json_schema_response: JsonSchema.optional(),
  json_schema_input: JsonSchema.optional(),
  options: PromptOptions.optional(),
}

const PromptVersion = z
  .object({ version: z.int().min(1), ...content, created_at: Time })
  .meta({ id: 'PromptVersion' })
export type PromptVersion = z.infer<typeof PromptVersion>

const Prompt = z
  .object({
    id: z.string(),
    ...content,
    current_version: z.int().min(1),
    versions: z.array(PromptVersion).meta({ description: 'The oldest first' }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Prompt' })
export type Prompt = z.infer<typeof Prompt>

const Name = z.string().min(1).max(255)
const Text = z.string().min(1)

const NewPrompt = z
  .strictObject({
    name: Name,
    prompt: Text.optional().meta({ description: 'Required unless there are messages' }),
    messages: Messages.optional(),
    json_schema_response: JsonSchema.optional(),
    json_schema_input: JsonSchema.optional(),
    options: PromptOptions.optional(),
  })
  .refine(({ prompt, messages = [] }) => prompt !== undefined || messages.length > 0, {
    path: ['prompt'],
    message: 'is required where there are no messages',
  })
  .meta({ id: 'NewPrompt' })
export type NewPrompt = z.infer<typeof NewPrompt>

const PromptChanges = z
  .strictObject({
    name: Name.optional(),
    prompt: Text.optional(),
    messages: Messages.optional(),
    json_schema_response: JsonSchema.optional(),
    json_schema_input: JsonSchema.optional(),
    options: PromptOptions.optional(),
  })
  .meta({ id: 'PromptChanges' })
export type PromptChanges = z.infer<typeof PromptChanges>

const PromptChoices = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        versions: z
          .array(z.object({ version: z.int().min(1), date: Time, name: z.string() }))
          .meta({ description: 'The newest first' }),
      }),
    ),
  })
  .meta({ id: 'PromptChoices' })

const PromptQuery = z.strictObject({
  ...pageFields,
  search: z.string().optional().meta({ description: 'In name or text' }),
  orderBy: z.enum(['name', 'created_at', 'updated_at']).optional(),
  orderDirection: OrderDirection.optional(),
})

const Preview = z
  .strictObject({
    promptId: Uuid.optional(),
    version: z.number().optional().meta({ description: 'The newest if 0 or left out' }),
    promptText: z.string().optional(),
    messages: Messages.optional(),
    userInput: z.string().min(1).meta({ description: 'A JSON text' }),
    options: z.object({ escape: Escape.optional() }).optional(),
  })
  .refine(
    ({ promptId, promptText, messages }) =>
      [promptId, promptText, messages].filter((source) => source !== undefined).length === 1,
    {
      path: ['promptId', 'promptText'],
      message: 'exactly one of promptId, promptText and messages is needed',
    },
  )
  .meta({ id: 'PromptPreview' })
export type Preview = z.infer<typeof Preview>

const Compiled = z
  .object({ compiledPrompt: z.string(), messages: z.array(PromptMessage).optional() })
  .meta({ id: 'CompiledPrompt' })

const AdjustmentWish = z
  .strictObject({ commentIds: z.array(Uuid).max(1000), summarize: z.boolean().optional() })
  .meta({ id: 'AdjustmentWish' })

const Adjustment = z
  .object({
    adjustmentPrompt: z.string(),
    originalPrompt: z.string(),
    commentsProcessed: z.int().min(0),
  })
  .meta({ id: 'Adjustment' })

const ById = z.object({ id: Uuid })
/** From 1 to 50, read as the whole number at its beginning. */
const UpToFifty = z.string().regex(/^\s*\+?0*(?:[1-9]|[1-4]\d|50)(?!\d)/u, 'must be from 1 to 50')

export const promptRoutes = {
  listPromptChoices: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts/select-list',
    summary: 'List every prompt and its versions by name, the newest first',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    reply: { 200: dataOf(PromptChoices), ...refusals },
  }),
  listPrompts: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts',
    summary: 'List prompts',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    query: PromptQuery,
    reply: { 200: pageOf(Prompt), ...refusals },
  }),
  createPrompt: defineRoute({
    method: 'POST',
    path: '/api/v1/prompts',
    summary: 'Make a prompt',
    ref: 'hypersigil §1.5',
    access: 'prompts:write',
    body: NewPrompt,
    reply: { 201: dataOf(Prompt), ...inputRefusals, 503: Refusal },
  }),
  listRecentPrompts: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts/recent',
    summary: 'List the newest prompts: 10, or as many as are asked for up to 50',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    query: z.strictObject({ limit: UpToFifty.optional() }),
    reply: { 200: dataOf(z.array(Prompt)), ...refusals },
  }),
  searchPrompts: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts/search/{pattern}',
    summary: 'List the prompts whose name holds a text, the newest first',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    params: z.object({ pattern: z.string().min(1) }),
    reply: { 200: dataOf(z.array(Prompt)), ...refusals },
  }),
  previewPrompt: defineRoute({
    method: 'POST',
    path: '/api/v1/prompts/preview',
    summary: 'Show what a model would be given of a prompt, a text or messages',
    ref: 'hypersigil §1.5',
    access: 'prompts:preview',
    body: Preview,
    reply: { 200: dataOf(Compiled), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
  getPrompt: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts/{id}',
    summary: 'Read a prompt with all its versions',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    params: ById,
    reply: { 200: dataOf(Prompt), ...refusals, 404: Refusal },
  }),
  updatePrompt: defineRoute({
    method: 'PUT',
    path: '/api/v1/prompts/{id}',
    summary: 'Add a version to a prompt; schemas that are not sent are gone in it',
    ref: 'hypersigil §1.5',
    access: 'prompts:write',
    params: ById,
    body: PromptChanges,
    reply: { 200: dataOf(Prompt), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
  deletePrompt: defineRoute({
    method: 'DELETE',
    path: '/api/v1/prompts/{id}',
    summary: 'Delete a prompt with its versions',
    ref: 'hypersigil §1.5',
    access: 'prompts:write',
    params: ById,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
  generateAdjustment: defineRoute({
    method: 'POST',
    path: '/api/v1/prompts/{id}/generate-adjustment',
    summary: 'Write the request to a model that improves a prompt by comments',
    ref: 'hypersigil §1.5',
    access: 'prompts:read',
    params: ById,
    body: AdjustmentWish,
    reply: { 200: dataOf(Adjustment), ...inputRefusals, 404: Refusal },
  }),
} as const
