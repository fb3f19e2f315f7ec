import type { NewSetting, SettingType, WireSetting } from '@pharos/contract/hypersigil/settings.ts'
import type { KeySetting } from '../../features/models/index.ts'
import type { WebhookDestination } from '../../features/webhooks/index.ts'
import { toTime } from '../../platform/iso-time.ts'

/** A setting with its age, by which lists are sorted. */
export interface DatedSetting {
  readonly createdAt: number
  readonly setting: WireSetting
}

/** Hypersigil's word for a connection's name. Source: rulings §4. */
export function toProviderWord(connection: string): string {
  return connection === 'google' ? 'gemini' : connection
}

/** The name of a connection in Hypersigil's word. */
export function fromProviderWord(word: string): string {
  return word === 'gemini' ? 'google' : word
}

type LlmProvider = Extract<NewSetting, { type: 'llm-api-key' }>['data']['provider']

/** What only the environment gives was never made: its times are the beginning of all. */
export function toKeySetting(shown: KeySetting): DatedSetting {
  const createdAt = shown.createdAt ?? 0
  const common = {
    id: shown.id,
    api_key: shown.key,
    api_key_source: shown.keySource,
    ...(shown.keySource === 'environment' &&
      shown.storedKey !== null && { stored_api_key: shown.storedKey }),
    active: shown.isActive,
    created_at: toTime(createdAt),
    updated_at: toTime(shown.updatedAt ?? createdAt),
  }
  const provider = toProviderWord(shown.provider)
  const setting: WireSetting = shown.isService
    ? { ...common, type: 'service-api-key', provider: 'voyageai', identifier: provider }
    : { ...common, type: 'llm-api-key', provider: knownProvider(provider), identifier: provider }
  return { createdAt, setting }
}

/** The cast holds because what has a key and is no service is one of the six. */
function knownProvider(word: string): LlmProvider {
  return word as LlmProvider
}

export function toWebhookSetting(destination: WebhookDestination): DatedSetting {
  const { id, identifier, name, url, createdAt } = destination
  const setting: WireSetting = {
    id,
    type: 'webhook-destination',
    identifier,
    name,
    url,
    active: destination.isActive,
    has_secret: destination.hasSecret,
    created_at: toTime(createdAt),
    updated_at: toTime(destination.updatedAt),
  }
  return { createdAt, setting }
}

/** The newest first. */
export function byAge(settings: readonly DatedSetting[]): WireSetting[] {
  return settings
    .toSorted((one, two) => two.createdAt - one.createdAt)
    .map(({ setting }) => setting)
}

export function isOfType(type: SettingType) {
  return ({ setting }: DatedSetting): boolean => setting.type === type
}
