import type { PlaygroundServices } from '../features/mods/index.ts'
import type { Config } from './config.ts'

/** What the settings say of the services behind the playground. */
export function playgroundServices(config: Config): PlaygroundServices {
  return {
    isPublic: config.playgroundPublic,
    adminKey: config.playgroundAdminKey,
    modelUrls: {
      'qwen-14b': config.playgroundQwen14bUrl,
      'llama-3.1-8b': config.playgroundLlama8bUrl,
    },
    saeUrl: config.playgroundSaeUrl,
  }
}
