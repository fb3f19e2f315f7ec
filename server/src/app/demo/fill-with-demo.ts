import type { Uses } from '../../features/identity/index.ts'
import { getSpan, ingestSpans, newSpan } from '../../features/traces/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { demoTraces } from './demo-traces.ts'

/**
 * Stores the recorded sessions that are not there yet. Those there are left alone: a span keeps
 * its first start, so that a re-sent one would seem to last since the first demo.
 */
export async function fillWithDemo(ctx: Uses<'db' | 'clock' | 'caller'>): Promise<void> {
  for (const spans of demoTraces(ctx.clock.nowSeconds())) {
    const [root] = spans
    if (root && (await isStored(ctx, root.spanId))) continue
    await ingestSpans(ctx, spans.map(newSpan), 0)
  }
}

async function isStored(ctx: Uses<'db' | 'caller'>, spanId: string): Promise<boolean> {
  try {
    await getSpan(ctx, spanId)
    return true
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not-found') return false
    throw error
  }
}
