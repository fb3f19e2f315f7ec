import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  countKeyUse,
  createOwnKey,
  getOwnKey,
  listOwnKeys,
  renameOwnKey,
  revokeOwnKey,
  type Uses,
} from '../../features/identity/index.ts'
import { serve } from './door.ts'
import { created, found } from './envelopes.ts'
import { fromKeyScopes, toPublicKey } from './wire-keys.ts'

export interface ApiKeyPowers extends Uses<'db' | 'clock' | 'ids'> {}

/** A person's own keys for software. Source: hypersigil contract §1.4. */
export function apiKeyRoutes(powers: ApiKeyPowers) {
  return [
    serve(hypersigilRoutes.listOwnApiKeys, async ({ caller }) => {
      const keys = await listOwnKeys({ ...powers, caller })
      return found({ api_keys: keys.map(toPublicKey) })
    }),
    serve(hypersigilRoutes.createOwnApiKey, async ({ body, caller }) => {
      const wanted = { name: body.name, scopes: fromKeyScopes(body.scopes) }
      const { key, secret } = await createOwnKey({ ...powers, caller }, wanted)
      return created({ api_key: toPublicKey(key), plain_key: secret })
    }),
    serve(hypersigilRoutes.getOwnApiKeyStats, async ({ caller }) => {
      const { total, active, requests } = await countKeyUse({ ...powers, caller })
      return found({
        total_keys: total,
        active_keys: active,
        revoked_keys: total - active,
        total_requests: requests,
      })
    }),
    serve(hypersigilRoutes.getOwnApiKey, async ({ params, caller }) =>
      found(toPublicKey(await getOwnKey({ ...powers, caller }, params.id))),
    ),
    serve(hypersigilRoutes.renameOwnApiKey, async ({ params, body, caller }) =>
      found(toPublicKey(await renameOwnKey({ ...powers, caller }, params.id, body.name))),
    ),
    serve(hypersigilRoutes.revokeOwnApiKey, async ({ params, caller }) =>
      found(toPublicKey(await revokeOwnKey({ ...powers, caller }, params.id))),
    ),
  ]
}
