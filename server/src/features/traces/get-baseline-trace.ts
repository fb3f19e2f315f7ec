import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import type { Trace } from './span.ts'
import { pageOfTraces } from './trace-store.ts'

const newestLookedAt = 100

/** The newest trace tagged `baseline`=`true` among the 100 newest, but for the one excluded. */
export async function getBaselineTrace(
  ctx: Uses<'db' | 'caller'>,
  excludedTraceId: string | undefined,
): Promise<Trace | undefined> {
  allow(ctx.caller, 'traces:read')
  const { traces } = await ctx.db.read((tx) =>
    pageOfTraces(tx, {}, reachOf(ctx.caller), { limit: newestLookedAt, offset: 0 }),
  )
  return traces.find(
    ({ traceId, tags }) => tags['baseline'] === 'true' && traceId !== excludedTraceId,
  )
}
