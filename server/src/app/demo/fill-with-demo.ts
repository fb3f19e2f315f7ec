import type { Uses } from '../../features/identity/index.ts'
import { findSpanInReach, ingestSpans, newSpan } from '../../features/traces/index.ts'
import { demoTraces } from './demo-traces.ts'

/**
 * Stores the recorded sessions that are not there yet. Those there are left alone: a span keeps
 * its first start, so that a re-sent one would seem to last since the first demo.
 */
export async function fillWithDemo(ctx: Uses<'db' | 'clock' | 'caller'>): Promise<void> {
  for (const spans of demoTraces(ctx.clock.nowSeconds())) {
    const [root] = spans
    if (root && (await findSpanInReach(ctx, root.spanId))) continue
    await ingestSpans(ctx, spans.map(newSpan), 0)
  }
}
