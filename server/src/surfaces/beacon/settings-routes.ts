import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import {
  deleteProviderKey,
  listProviderKeys,
  saveProviderKey,
  type ShownKey,
} from '../../features/models/index.ts'
import { serve, type BeaconPowers } from './door.ts'

export function settingsRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.listApiKeys, async ({ caller }) => {
      const keys = await listProviderKeys({ ...powers, caller })
      const entries = keys.map(({ provider, stored }) => ({
        provider,
        configured: stored !== null,
        masked_key: stored && toMask(stored),
      }))
      return { status: 200, body: entries }
    }),
    serve(beaconRoutes.putApiKey, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      const keys = await listProviderKeys(ctx)
      const known = keys.find(({ provider }) => provider === body.provider)
      // A page that shows the mask and saves it again means "leave it as it is".
      if (known?.stored && toMask(known.stored) === body.api_key) {
        return { status: 200, body: { provider: known.provider, configured: true } }
      }
      const provider = await saveProviderKey(ctx, body.provider, body.api_key)
      return { status: 200, body: { provider, configured: true } }
    }),
    serve(beaconRoutes.deleteApiKey, async ({ params, caller }) => {
      const provider = await deleteProviderKey({ ...powers, caller }, params.provider)
      return { status: 200, body: { provider, configured: false } }
    }),
  ]
}

/** One bullet a hidden character, then the last four; short keys are hidden whole. */
function toMask({ length, lastFour }: ShownKey): string {
  return lastFour === '' ? '****' : '\u2022'.repeat(length - 4) + lastFour
}
