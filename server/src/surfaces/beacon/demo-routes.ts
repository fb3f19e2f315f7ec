import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { cancelDemo, listScenarios, runDemo } from '../../features/playground/index.ts'
import { serve, type BeaconPowers } from './door.ts'

export function demoRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.listScenarios, async ({ caller }) => {
      const scenarios = await listScenarios({ ...powers, caller })
      const body = scenarios.map(({ key, name, description, provider, model, hasKey }) => ({
        key,
        name,
        description,
        provider,
        model,
        api_key_configured: hasKey,
      }))
      return { status: 200, body }
    }),
    serve(beaconRoutes.runDemo, async ({ body, caller }) => {
      const order = { scenario: body.scenario, model: body.model ?? null }
      const { traceId } = await runDemo({ ...powers, caller }, order)
      return { status: 200, body: { trace_id: traceId } }
    }),
    serve(beaconRoutes.cancelDemo, async ({ params, caller }) => {
      await cancelDemo({ ...powers, caller }, params.trace_id)
      return { status: 200, body: { trace_id: params.trace_id, cancelled: true as const } }
    }),
  ]
}
