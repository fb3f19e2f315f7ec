import { webhookKeyOf, type WebhookPowers } from '../features/webhooks/index.ts'
import type { LiveSettings } from '../features/settings/index.ts'
import type { Config } from './config.ts'
import type { Store } from './store.ts'

/** How the server speaks to receivers of webhooks. */
export type WebhookSettings = Pick<WebhookPowers, 'webhooks'>

/** Who must log in is asked at each delivery. */
export function openWebhooks(
  config: Config,
  { vault }: Pick<Store, 'vault'>,
  settings: LiveSettings,
): WebhookSettings {
  const webhooks = {
    signatureKey: webhookKeyOf(vault, config.webhookSignatureKey),
    get guardsAddresses() {
      return settings.value('auth') === 'required'
    },
  }
  return { webhooks }
}
