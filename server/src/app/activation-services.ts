import type { ActivationServices } from '../features/activations/index.ts'
import type { Config } from './config.ts'

/** What the settings say of the services behind the activation explorer. */
export function activationServices(config: Config): ActivationServices {
  return {
    isPublic: config.playgroundPublic,
    hfUrl: config.playgroundActivationsHfUrl,
    saeUrl: config.playgroundSaeUrl,
  }
}
