import { webhookKeyOf, type WebhookPowers } from '../features/webhooks/index.ts'
import { isOwnAddress, type ProviderEnvironment } from '../features/models/index.ts'
import type { Config } from './config.ts'
import type { Store } from './store.ts'

/** How the server speaks to receivers of webhooks. */
export type WebhookSettings = Pick<WebhookPowers, 'webhooks'>

/** Who must log in, and where the server listens, is asked at each delivery. */
export function openWebhooks(
  config: Config,
  { vault }: Pick<Store, 'vault'>,
  providers: ProviderEnvironment,
): WebhookSettings {
  const webhooks = {
    signatureKey: webhookKeyOf(vault, config.webhookSignatureKey),
    get guardsAddresses() {
      return providers.guardsBaseUrls
    },
    isOwnAddress: (url: string) => isOwnAddress(url, providers.ownUrls()),
  }
  return { webhooks }
}
