import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import {
  deleteTrace,
  deleteTraces,
  getBaselineTrace,
  getGraph,
  getTraceDocument,
  listTraces,
  replaceTags,
} from '../../features/traces/index.ts'
import { serve, type BeaconPowers } from './door.ts'
import { fromListQuery, fromPaging } from './queries.ts'
import { detailWriterReference } from './trace-writers.ts'
import { toGraphReply, toTime, toTraceSummary } from './wire.ts'

export function traceRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.listTraces, async ({ query, caller }) => {
      const page = fromPaging(query, 50)
      const { traces, total } = await listTraces({ ...powers, caller }, fromListQuery(query), page)
      return { status: 200, body: { traces: traces.map(toTraceSummary), total, ...page } }
    }),
    serve(beaconRoutes.deleteTraces, async ({ body, caller }) => {
      const createdBefore = toTime(body.older_than)
      if (!body.trace_ids && createdBefore === null) {
        return { status: 422, body: { detail: 'Provide trace_ids or older_than' } }
      }
      const which = body.trace_ids
        ? { traceIds: body.trace_ids }
        : { createdBefore: createdBefore ?? 0 }
      return {
        status: 200,
        body: { deleted_count: await deleteTraces({ ...powers, caller }, which) },
      }
    }),
    serve(beaconRoutes.getBaselineTrace, async ({ query, caller }) => {
      const trace = await getBaselineTrace({ ...powers, caller }, query.exclude)
      return { status: 200, body: trace ? toTraceSummary(trace) : null }
    }),
    serve(beaconRoutes.getTrace, async ({ params, caller }) => ({
      status: 200,
      json: await getTraceDocument({ ...powers, caller }, params.trace_id, detailWriterReference),
    })),
    serve(beaconRoutes.deleteTrace, async ({ params, caller }) => {
      await deleteTrace({ ...powers, caller }, params.trace_id)
      return { status: 200, body: { deleted_count: 1 } }
    }),
    serve(beaconRoutes.getTraceGraph, async ({ params, caller }) => ({
      status: 200,
      body: toGraphReply(await getGraph({ ...powers, caller }, params.trace_id)),
    })),
    serve(beaconRoutes.putTags, async ({ params, body, caller }) => {
      const { trace_id } = params
      return {
        status: 200,
        body: { trace_id, tags: await replaceTags({ ...powers, caller }, trace_id, body.tags) },
      }
    }),
  ]
}
