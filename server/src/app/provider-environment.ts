import type { ProviderEnvironment } from '../features/models/index.ts'
import type { Config } from './config.ts'

/** What the settings say of model providers. `ownUrls` is asked at each call. */
export function providerEnvironment(
  config: Config,
  ownUrls: ProviderEnvironment['ownUrls'],
): ProviderEnvironment {
  return {
    apiKeys: {
      openai: config.openaiApiKey,
      anthropic: config.anthropicApiKey,
      google: config.googleApiKey,
      deepseek: config.deepseekApiKey,
      deepinfra: config.deepinfraApiKey,
    },
    baseUrls: {
      openai: config.openaiBaseUrl,
      anthropic: config.anthropicBaseUrl,
      google: config.googleBaseUrl,
      ollama: config.ollamaBaseUrl,
    },
    ownUrls,
    guardsBaseUrls: config.auth === 'required',
  }
}
