import { deadAfterSeconds } from '../../../platform/process-life.ts'
import { allow, type Uses } from '../../identity/index.ts'
import { ingestSpans } from '../ingest-spans.ts'
import type { NewSpan, Span } from '../span.ts'
import { abandonedSpans, forgetRunningSpans, type AbandonedSpan } from './abandoned-store.ts'

const spansAtATime = 200

/**
 * Closes what dead processes of this server left open, as errors with all that was known of them,
 * and gives the number of spans closed. Should such a process live after all, its own closing
 * comes later and wins. An abort ends it between two portions.
 */
export async function closeAbandonedSpans(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  processId: string,
  signal: AbortSignal,
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  let closed = 0
  while (!signal.aborted) {
    const own = { processId, deadAfterSeconds }
    const found = await ctx.db.read((tx) => abandonedSpans(tx, own, spansAtATime))
    if (found.length === 0) break
    closed += await closePortion(ctx, processId, found)
    const spanIds = found.map(({ spanId }) => spanId)
    await ctx.db.write((tx) => forgetRunningSpans(tx, spanIds))
  }
  return closed
}

async function closePortion(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  processId: string,
  found: readonly AbandonedSpan[],
): Promise<number> {
  const endTime = ctx.clock.nowSeconds()
  let closed = 0
  for (const isQuiet of [false, true]) {
    const spans = found.flatMap((one): NewSpan[] => {
      if (one.isQuiet !== isQuiet || one.span?.status !== 'unset') return []
      return [closedSpan(one.span, endTime)]
    })
    if (spans.length === 0) continue
    const sizeBytes = spans.reduce((sum, { attributesJson }) => sum + attributesJson.length, 0)
    const announce = isQuiet ? 'never' : 'after'
    const report = await ingestSpans(ctx, spans, sizeBytes, { announce, running: { processId } })
    closed += report.accepted
  }
  return closed
}

function closedSpan(span: Span, endTime: number): NewSpan {
  return {
    ...span,
    status: 'error',
    errorMessage: 'The server stopped before this ended',
    endTime: Math.max(endTime, span.startTime),
  }
}
