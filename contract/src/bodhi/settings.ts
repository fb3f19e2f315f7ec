/** Settings of the server, and each person's preferences. Source: bodhi contract §1.13, §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BodhiError, namedBodyRefusals, namedRefusals, refusals, unchanged } from './errors.ts'

const SettingMetadata = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('string') }),
    z.object({
      type: z.literal('number'),
      min: z.number(),
      max: z.number(),
      range: z.object({ min: z.number(), max: z.number() }).meta({ description: 'The same again' }),
    }),
    z.object({ type: z.literal('boolean') }),
    z.object({ type: z.literal('option'), options: z.array(z.string()) }),
  ])
  .meta({ id: 'SettingMetadata', description: 'What an edit may bring' })
export type SettingMetadata = z.infer<typeof SettingMetadata>

export const SettingInfo = z
  .object({
    key: z.string(),
    current_value: z.unknown().meta({ description: 'What counts now; null for nothing' }),
    default_value: z.unknown().meta({ description: 'What counts where nobody says anything' }),
    source: z
      .enum(['system', 'command_line', 'environment', 'settings_file', 'database', 'default'])
      .meta({ description: 'Who decides: the strongest of those that say something' }),
    metadata: SettingMetadata,
    category: z.enum([
      'system',
      'server',
      'access',
      'local_models',
      'model_defaults',
      'feature_flags',
      'user_preferences',
    ]),
  })
  .meta({ id: 'SettingInfo' })
export type SettingInfo = z.infer<typeof SettingInfo>

const SettingUpdate = z
  .object({ value: z.unknown().meta({ description: 'Any JSON value that fits, but not null' }) })
  .meta({ id: 'SettingUpdate' })

const ByKey = z.object({ key: z.string() })
const at = '/bodhi/v1/settings'

export const settingRoutes = {
  listSettings: defineRoute({
    method: 'GET',
    path: at,
    summary: 'List every setting with its source',
    ref: 'bodhi §1.13 GET /bodhi/v1/settings',
    access: 'session:settings:manage',
    reply: { 200: z.array(SettingInfo), ...unchanged, ...refusals },
  }),
  listPreferences: defineRoute({
    method: 'GET',
    path: '/bodhi/v1/preferences',
    summary: "List one's own preferences",
    ref: 'bodhi §5.3 GET /bodhi/v1/preferences',
    access: 'session',
    reply: { 200: z.array(SettingInfo), ...unchanged, ...refusals },
  }),
  updateSetting: defineRoute({
    method: 'PUT',
    path: `${at}/{key}`,
    summary: 'Change a setting, or a preference (`PREF_…`) of whoever asks',
    ref: 'bodhi §1.13 PUT /bodhi/v1/settings/{key}',
    access: 'session',
    params: ByKey,
    body: SettingUpdate,
    reply: { 200: SettingInfo, ...namedBodyRefusals, 409: BodhiError },
  }),
  deleteSetting: defineRoute({
    method: 'DELETE',
    path: `${at}/{key}`,
    summary: 'Take back what was changed',
    ref: 'bodhi §1.13 DELETE /bodhi/v1/settings/{key}',
    access: 'session',
    params: ByKey,
    reply: { 200: SettingInfo, ...namedRefusals },
  }),
} as const
