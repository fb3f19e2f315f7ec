import { hypersigilPublicDocument } from '@pharos/contract/hypersigil/public-document.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import { lendScope, type Uses } from '../../features/identity/index.ts'
import { listConnections, type ModelPowers } from '../../features/models/index.ts'
import { hasPrompts } from '../../features/prompts/index.ts'
import { toTime } from '../../platform/iso-time.ts'
import { serve } from './door.ts'
import { found, neverStored } from './envelopes.ts'

export interface StatusPowers extends Uses<'db' | 'clock' | 'vault'>, ModelPowers {
  readonly version: string
}

/** How the server is, and what is still to be set up. Source: hypersigil contract §1.0, §1.2. */
export function statusRoutes(powers: StatusPowers) {
  const { version, clock } = powers
  let document: ReturnType<typeof hypersigilPublicDocument> | undefined
  return [
    serve(hypersigilRoutes.getApiHealth, () => ({
      status: 200,
      body: {
        status: 'healthy' as const,
        timestamp: toTime(clock.nowSeconds()),
        uptime: process.uptime(),
        version,
      },
      headers: neverStored,
    })),
    serve(hypersigilRoutes.getJsonSchema, () => {
      document ??= hypersigilPublicDocument()
      return { status: 200, body: document }
    }),
    serve(hypersigilRoutes.getOnboardingStatus, async ({ caller }) => {
      // Whoever may know what is still to be set up learns nothing else of the connections.
      const reader = lendScope(caller, 'models:read')
      const [promptAvailable, connections] = await Promise.all([
        hasPrompts({ ...powers, caller }),
        listConnections({ ...powers, caller: reader }),
      ])
      const llmApiKeyAvailable = connections.some(({ facts }) => facts.keySource !== null)
      return found({ promptAvailable, llmApiKeyAvailable })
    }),
  ]
}
