import { allow, type Uses } from '../identity/index.ts'
import { deleteTraces } from './delete-traces.ts'
import { countTraces } from './statistics-store.ts'
import { oldestTraces } from './trace-store.ts'

export interface RetentionPolicy {
  readonly maxAgeSeconds: number | undefined
  /** Bound of what the spans take: their attributes, and `bytesPerSpan` for each row. */
  readonly maxBytes: number | undefined
}

/** What a span takes in rows and indexes beside its attributes. */
const bytesPerSpan = 700
const tracesAtATime = 200

/**
 * Deletes the oldest traces until the policy holds, or until only those are left that are public,
 * in a collection or of an execution; gives the number deleted.
 */
export async function applyRetention(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  policy: RetentionPolicy,
  signal: AbortSignal,
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  const deleted =
    (await deleteAged(ctx, policy, signal)) + (await deleteExcess(ctx, policy, signal))
  if (deleted > 0) await ctx.db.compact()
  return deleted
}

async function deleteAged(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  { maxAgeSeconds }: RetentionPolicy,
  signal: AbortSignal,
): Promise<number> {
  if (maxAgeSeconds === undefined) return 0
  return deleteTraces(ctx, { createdBefore: ctx.clock.nowSeconds() - maxAgeSeconds }, signal)
}

async function deleteExcess(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  { maxBytes }: RetentionPolicy,
  signal: AbortSignal,
): Promise<number> {
  if (maxBytes === undefined) return 0
  let deleted = 0
  while (!signal.aborted) {
    const { payloadSize, spanCount } = await ctx.db.read((tx) => countTraces(tx, 'all'))
    let excess = payloadSize + spanCount * bytesPerSpan - maxBytes
    if (excess <= 0) break
    const oldest = await ctx.db.read((tx) => oldestTraces(tx, tracesAtATime))
    const traceIds: string[] = []
    for (const trace of oldest) {
      if (excess <= 0) break
      traceIds.push(trace.traceId)
      excess -= trace.payloadSize + trace.spanCount * bytesPerSpan
    }
    const removed = await deleteTraces(ctx, { traceIds })
    // What this caller cannot reach stays, and would be found again for ever.
    if (removed === 0) break
    deleted += removed
  }
  return deleted
}
