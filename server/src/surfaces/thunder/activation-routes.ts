import {
  activationRoutes as routes,
  type FeatureDeltasQuery,
} from '@pharos/contract/thunder/activations.ts'
import type { Access } from '@pharos/contract/route.ts'
import {
  checkActivations,
  compareFeatures,
  deleteRun,
  extractFeatures,
  followFeature,
  getRowsDocument,
  getRun,
  getTopFeatures,
  listRuns,
  runActivations,
} from '../../features/activations/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { InputError } from '../../platform/http/input-error.ts'
import type { ServedRoute } from '../../platform/http/surface.ts'
import * as wire from './wire-activations.ts'
import { serve, type ThunderPowers } from './door.ts'
import { openedRoute } from './playground-access.ts'

/** The activation explorer. Source: thunder contract §7. */
export function activationRoutes(powers: ThunderPowers): ServedRoute<Caller, Access>[] {
  return [...workingRoutes(powers), ...readingRoutes(powers), deltasRoute(powers)]
}

function workingRoutes(powers: ThunderPowers): ServedRoute<Caller, Access>[] {
  const { activationServices: services } = powers
  return [
    serve(openedRoute(routes.runActivations, services), async ({ body, caller, signal }) => {
      const ctx = { ...powers, caller }
      const finished = await runActivations(ctx, wire.fromRunBody(body), signal)
      return { status: 200, body: wire.toRunReply(finished) }
    }),
    serve(openedRoute(routes.extractActivations, services), async ({ body, caller, signal }) => {
      const ctx = { ...powers, caller }
      const timeline = await extractFeatures(ctx, wire.fromExtractBody(body), signal)
      const [open, close] = ['{"status":"ok","feature_timeline":', '}']
      return { status: 200, json: [encode(open), timeline, encode(close)] }
    }),
    serve(openedRoute(routes.activationHealth, services), async ({ caller, signal }) => {
      const health = await checkActivations({ ...powers, caller }, signal)
      return { status: 200, body: wire.toHealth(health) }
    }),
    serve(
      openedRoute(routes.deleteActivationRun, services),
      async ({ params: { request_id }, caller }) => {
        await deleteRun({ ...powers, caller }, request_id)
        return { status: 200, body: { request_id, deleted: true as const } }
      },
    ),
  ]
}

function readingRoutes(powers: ThunderPowers): ServedRoute<Caller, Access>[] {
  const { activationServices: services } = powers
  return [
    serve(openedRoute(routes.listActivationRuns, services), async ({ query, caller }) => {
      const filter = wire.fromListQuery(query)
      const page = {
        limit: wire.between(query.limit, 1, 200, 50),
        after: wire.fromCursor(query.cursor),
      }
      const { runs, next } = await listRuns({ ...powers, caller }, filter, page)
      const next_cursor = wire.toCursor(next)
      return { status: 200, body: { items: runs.map(wire.toSummary), next_cursor } }
    }),
    serve(openedRoute(routes.getActivationSummary, services), async ({ params, caller }) => {
      const run = await getRun({ ...powers, caller }, params.request_id)
      return { status: 200, body: wire.toSummary(run) }
    }),
    serve(
      openedRoute(routes.getActivationRows, services),
      async ({ params: { request_id }, query, caller }) => {
        const question = wire.fromRowsQuery(query)
        const ctx = { ...powers, caller }
        const json = await getRowsDocument(ctx, request_id, question, wire.rowsWriter)
        return { status: 200, json }
      },
    ),
    serve(
      openedRoute(routes.getTopFeatures, services),
      async ({ params: { request_id }, query, caller }) => {
        const question = {
          saeLayer: wire.numberOf(query.sae_layer),
          count: wire.between(query.n, 1, 500, 50),
        }
        const strongest = await getTopFeatures({ ...powers, caller }, request_id, question)
        const items = strongest.map(({ featureId, max, hits }) => ({
          feature_id: featureId,
          max_activation: max,
          hits,
        }))
        return { status: 200, body: { request_id, items } }
      },
    ),
  ]
}

function deltasRoute(powers: ThunderPowers): ServedRoute<Caller, Access> {
  const { activationServices: services } = powers
  return serve(
    openedRoute(routes.getFeatureDeltas, services),
    async ({ params: { request_id }, query, caller }) => {
      const ctx = { ...powers, caller }
      const comparison = wire.fromDeltasQuery(request_id, query)
      if (comparison !== undefined) {
        const { limit, offset, b } = comparison
        const { differences, total } = await compareFeatures(ctx, comparison)
        const items = differences.map(wire.toDifference)
        const body = { request_id, other: b.requestId, items, total, limit, offset }
        return { status: 200, body }
      }
      const featureId = neededFeature(query)
      const question = {
        featureId,
        saeLayer: wire.numberOf(query.sae_layer),
        limit: wire.deltasLimit(query),
      }
      const rows = (await followFeature(ctx, request_id, question)).map(wire.toTrackPoint)
      return { status: 200, body: { request_id, feature_id: featureId, rows } }
    },
  )
}

/** Answered as text, like any part of a query that is missing. */
function neededFeature(query: FeatureDeltasQuery): number {
  const featureId = wire.numberOf(query.feature_id)
  if (featureId !== undefined) return featureId
  const message = 'feature_id is needed, or other, or two stretches'
  const issues = [{ code: 'custom' as const, path: ['feature_id'], message }]
  throw new InputError({ kind: 'schema', part: 'query', issues, input: query })
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
