/** Keys of providers, and who is told of executions. Source: hypersigil contract §1.13. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, inputRefusals, Refusal, refusals, Time, Url } from './route-kit.ts'

const LlmProvider = z.enum(['ollama', 'openai', 'anthropic', 'gemini', 'deepseek', 'deepinfra'])
const ServiceProvider = z.enum(['voyageai'])
export const SettingType = z.enum(['llm-api-key', 'webhook-destination', 'service-api-key'])
export type SettingType = z.infer<typeof SettingType>

const common = {
  id: z.string(),
  identifier: z.string(),
  created_at: Time,
  updated_at: Time,
}

const keyFields = {
  api_key: z.string().meta({ description: 'Its last four characters; write it back to keep it' }),
  api_key_source: z.enum(['environment', 'stored']).meta({
    description: 'A key in the environment counts before a stored one',
  }),
  stored_api_key: z.string().optional().meta({
    description: 'Stored, while the environment gives another',
  }),
  active: z.boolean(),
}

const WireSetting = z
  .discriminatedUnion('type', [
    z.object({
      ...common,
      type: z.literal('llm-api-key'),
      provider: LlmProvider,
      ...keyFields,
    }),
    z.object({
      ...common,
      type: z.literal('webhook-destination'),
      name: z.string(),
      url: z.string().meta({
        description: 'A password in it is shown as ****; written back at the same server it stays',
      }),
      active: z.boolean(),
      has_secret: z.boolean().meta({ description: 'Whether it is signed with a key of its own' }),
    }),
    z.object({
      ...common,
      type: z.literal('service-api-key'),
      provider: ServiceProvider,
      ...keyFields,
    }),
  ])
  .meta({ id: 'Setting' })
export type WireSetting = z.infer<typeof WireSetting>

const Secret = z.string().meta({ description: 'Signs what it receives, instead of the server key' })

/** A tagged union: what it does not know is left out, unlike in other bodies. Source: §0.3. */
const NewSetting = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('llm-api-key'),
    data: z.object({
      provider: LlmProvider,
      api_key: z.string().min(1),
      active: z.boolean().optional(),
    }),
  }),
  z.object({
    type: z.literal('webhook-destination'),
    data: z.object({
      name: z.string().min(1),
      url: Url,
      active: z.boolean().optional(),
      secret: Secret.optional(),
    }),
  }),
  z.object({
    type: z.literal('service-api-key'),
    data: z.object({
      provider: ServiceProvider,
      api_key: z.string().min(1),
      active: z.boolean().optional(),
    }),
  }),
])
export type NewSetting = z.infer<typeof NewSetting>

const KeyChanges = z.object({
  api_key: z.string().min(1).optional(),
  active: z.boolean().optional(),
})

const SettingChanges = z.discriminatedUnion('type', [
  z.object({ type: z.literal('llm-api-key'), data: KeyChanges }),
  z.object({
    type: z.literal('webhook-destination'),
    data: z.object({
      name: z.string().min(1).optional(),
      url: Url.optional(),
      active: z.boolean().optional(),
      secret: Secret.nullable().optional(),
    }),
  }),
  z.object({ type: z.literal('service-api-key'), data: KeyChanges }),
])
export type SettingChanges = z.infer<typeof SettingChanges>

/** A provider that does not take the key is all said in `error`. */
const Refused = z
  .object({
    error: z.string(),
    message: z.string().optional(),
    data: z.object({ error: z.string(), message: z.string().optional() }),
  })
  .meta({ id: 'SettingRefused' })

const path = '/api/v1/settings'
const access = 'settings:manage'
const ById = z.object({ id: z.string() })

export const settingRoutes = {
  listSettings: defineRoute({
    method: 'GET',
    path,
    summary: 'List the settings, the newest first',
    ref: 'hypersigil §1.13',
    access,
    reply: { 200: dataOf(z.object({ settings: z.array(WireSetting) })), ...refusals },
  }),
  createSetting: defineRoute({
    method: 'POST',
    path,
    summary: 'Give a provider its key, or add a webhook destination',
    ref: 'hypersigil §1.13',
    access,
    body: NewSetting,
    reply: { 201: dataOf(WireSetting), ...inputRefusals, 400: Refused, 409: Refusal },
  }),
  getSetting: defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    summary: 'Read a setting',
    ref: 'hypersigil §1.13',
    access,
    params: ById,
    reply: { 200: dataOf(WireSetting), ...refusals, 404: Refusal },
  }),
  updateSetting: defineRoute({
    method: 'PUT',
    path: `${path}/{id}`,
    summary: 'Change a setting',
    ref: 'hypersigil §1.13',
    access,
    params: ById,
    body: SettingChanges,
    reply: { 200: dataOf(WireSetting), ...inputRefusals, 400: Refused, 404: Refusal },
  }),
  deleteSetting: defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    summary: 'Delete a setting',
    ref: 'hypersigil §1.13',
    access,
    params: ById,
    reply: {
      200: dataOf(z.object({ success: z.literal(true) })),
      ...inputRefusals,
      404: Refusal,
    },
  }),
  listSettingsOfType: defineRoute({
    method: 'GET',
    path: `${path}/type/{type}`,
    summary: 'List the settings of a type',
    ref: 'hypersigil §1.13',
    access,
    params: z.object({ type: SettingType }),
    reply: {
      200: dataOf(z.object({ settings: z.array(WireSetting), type: SettingType })),
      ...inputRefusals,
    },
  }),
  getSettingByIdentifier: defineRoute({
    method: 'GET',
    path: `${path}/type/{type}/identifier/{identifier}`,
    summary: 'Read the setting of a provider, or a destination by its identifier',
    ref: 'hypersigil §1.13',
    access,
    params: z.object({ type: SettingType, identifier: z.string() }),
    reply: { 200: dataOf(WireSetting), ...refusals, 404: Refusal },
  }),
} as const
