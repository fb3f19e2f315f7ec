import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import {
  analyzeCosts,
  analyzeRootCause,
  compareTraces,
  findAnomalies,
  findErrorPatterns,
  suggestPrompts,
  summarizeTrace,
} from '../../features/analysis/index.ts'
import { serve, type BeaconPowers } from './door.ts'

/** The ids of the request always stand in the reply, whatever the model says. */
export function analysisRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.analyzeRootCause, async ({ body: { trace_id }, caller, signal }) => {
      const answer = await analyzeRootCause({ ...powers, caller }, trace_id, signal)
      return { status: 200, body: { ...answer, trace_id } }
    }),
    serve(beaconRoutes.analyzeCosts, async ({ body: { trace_ids }, caller, signal }) => {
      const answer = await analyzeCosts({ ...powers, caller }, trace_ids, signal)
      return { status: 200, body: { ...answer, trace_ids } }
    }),
    serve(beaconRoutes.suggestPrompts, async ({ body: { span_id }, caller, signal }) => {
      const advice = await suggestPrompts({ ...powers, caller }, span_id, signal)
      const { originalPrompt: original_prompt, suggestions } = advice
      return { status: 200, body: { span_id, original_prompt, suggestions } }
    }),
    serve(beaconRoutes.findAnomalies, async ({ body: { trace_id }, caller, signal }) => {
      const { anomalies } = await findAnomalies({ ...powers, caller }, trace_id, signal)
      const found = anomalies.map(({ span_id, ...anomaly }) => ({
        ...anomaly,
        trace_id,
        span_id: span_id ?? null,
      }))
      return { status: 200, body: { trace_id, anomalies: found } }
    }),
    serve(beaconRoutes.findErrorPatterns, async ({ body: { trace_ids }, caller, signal }) => ({
      status: 200,
      body: await findErrorPatterns({ ...powers, caller }, trace_ids, signal),
    })),
    serve(beaconRoutes.compareTraces, async ({ body, caller, signal }) => {
      const { trace_id_a, trace_id_b } = body
      const pair = { a: trace_id_a, b: trace_id_b }
      const answer = await compareTraces({ ...powers, caller }, pair, signal)
      return { status: 200, body: { ...answer, trace_id_a, trace_id_b } }
    }),
    serve(beaconRoutes.summarizeTrace, async ({ body: { trace_id }, caller, signal }) => {
      const answer = await summarizeTrace({ ...powers, caller }, trace_id, signal)
      return { status: 200, body: { ...answer, trace_id } }
    }),
  ]
}
