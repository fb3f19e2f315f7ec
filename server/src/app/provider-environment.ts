import type { ProviderEnvironment } from '../features/models/index.ts'
import type { LiveSettings } from '../features/settings/index.ts'
import type { Config } from './config.ts'

/** What the settings say of model providers. `ownUrls` and who must log in are asked at each call. */
export function providerEnvironment(
  config: Config,
  settings: LiveSettings,
  ownUrls: ProviderEnvironment['ownUrls'],
): ProviderEnvironment {
  return {
    apiKeys: {
      openai: config.openaiApiKey,
      anthropic: config.anthropicApiKey,
      google: config.googleApiKey,
      deepseek: config.deepseekApiKey,
      deepinfra: config.deepinfraApiKey,
      voyageai: config.voyageApiKey,
    },
    baseUrls: {
      openai: config.openaiBaseUrl,
      anthropic: config.anthropicBaseUrl,
      google: config.googleBaseUrl,
      ollama: config.ollamaBaseUrl,
      voyageai: config.voyageBaseUrl,
    },
    ownUrls,
    get guardsBaseUrls() {
      return settings.value('auth') === 'required'
    },
  }
}
