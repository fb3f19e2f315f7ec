import type { ReplayEntry } from '@pharos/contract/beacon/replay.ts'
import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { intOf } from '@pharos/contract/beacon/scalars.ts'
import { getReplay, listReplays, replaySpan, type ReplayRun } from '../../features/replay/index.ts'
import { parseObject } from '../../platform/json.ts'
import { serve, type BeaconPowers } from './door.ts'

export function replayRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.replay, async ({ body, caller, signal }) => {
      const asked = { spanId: body.span_id, modifiedAttributes: body.modified_attributes }
      const { replayId, output, change } = await replaySpan({ ...powers, caller }, asked, signal)
      return {
        status: 200,
        body: {
          replay_id: replayId,
          original_span_id: body.span_id,
          new_output: output,
          diff: change,
        },
      }
    }),
    serve(beaconRoutes.listReplays, async ({ params, query, caller }) => {
      const page = { limit: intOf(query.limit ?? 50), offset: intOf(query.offset ?? 0) }
      const { runs, total } = await listReplays({ ...powers, caller }, params.span_id, page)
      return { status: 200, body: { replays: runs.map(toEntry), total, ...page } }
    }),
    serve(beaconRoutes.getReplay, async ({ params, caller }) => {
      const detail = await getReplay({ ...powers, caller }, params.replay_id)
      return {
        status: 200,
        body: {
          ...toEntry(detail.run),
          ancestors: detail.ancestors.map((run) => ({
            replay_id: run.replayId,
            original_span_id: run.originalSpanId,
          })),
          changed_attributes: [...detail.changedAttributes],
          completion_diff: detail.completionDiff && [...detail.completionDiff],
        },
      }
    }),
  ]
}

function toEntry(run: ReplayRun): ReplayEntry {
  return {
    replay_id: run.replayId,
    original_span_id: run.originalSpanId,
    trace_id: run.traceId,
    replay_span_id: run.replaySpanId,
    modified_attributes: parseObject(run.modifiedInputJson),
    new_output: parseObject(run.newOutputJson),
    diff: parseObject(run.diffJson),
    created_at: run.createdAt,
  }
}
