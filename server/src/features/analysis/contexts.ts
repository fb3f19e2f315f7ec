import { DomainError } from '../../platform/domain-error.ts'
import type { Uses } from '../identity/index.ts'
import { findTraceDocument, listNewestTraces } from '../traces/index.ts'
import { contextWriterReference } from './trace-context.ts'

/** As much as a model of today can read at once, with room for its answer. */
const maxCharacters = 300_000
const baselineTraces = 50
const baselineLines = 20

/** One trace as text. Throws `precondition` when there is none. */
export async function traceContext(
  ctx: Uses<'db' | 'caller'>,
  traceId: string,
  limit = maxCharacters,
): Promise<string> {
  const chunks = await findTraceDocument(ctx, traceId, contextWriterReference)
  if (!chunks) throw new DomainError('precondition', `Trace not found: ${traceId}`)
  const decoder = new TextDecoder()
  const text = chunks.map((chunk) => decoder.decode(chunk)).join('')
  return cutAtSpan(text.trimEnd(), limit)
}

/** Several traces, each under a heading with its id; they share what a model can read. */
export async function traceContexts(
  ctx: Uses<'db' | 'caller'>,
  traceIds: readonly string[],
): Promise<string> {
  const blocks: string[] = []
  const limit = Math.floor(maxCharacters / traceIds.length)
  for (const traceId of traceIds) {
    blocks.push(`Trace ${traceId}\n${await traceContext(ctx, traceId, limit)}`)
  }
  return blocks.join('\n\n')
}

/** Figures of earlier traces, for a model to know what is usual. */
export async function baselineContext(
  ctx: Uses<'db' | 'caller'>,
  traceId: string,
): Promise<string> {
  const newest = await listNewestTraces(ctx, 2 * baselineTraces)
  const others = newest
    .filter((trace) => trace.traceId !== traceId && !isOurOwn(trace.name))
    .slice(0, baselineTraces)
  if (others.length === 0) return 'Baseline: there is no history yet.'
  const lines = others.slice(0, baselineLines).map(({ startTime, endTime, ...trace }) => {
    const duration =
      endTime === null ? 'unfinished' : `${Math.round((endTime - startTime) * 1000)} ms`
    return (
      `${trace.traceId}: cost ${trace.totalCostUsd.toFixed(4)} USD, ` +
      `duration ${duration}, ${trace.spanCount} spans`
    )
  })
  return `Baseline, ${others.length} earlier traces, newest first:\n${lines.join('\n')}`
}

/** Traces of earlier analyses and replays say nothing of how agents usually behave. */
function isOurOwn(name: string): boolean {
  return /^(?:Analysis|Replay): /u.test(name)
}

/** Cuts before a span that does not fit whole, and says so. */
function cutAtSpan(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = text.lastIndexOf('\nSpan ', limit)
  return `${text.slice(0, end > 0 ? end : limit)}\n… the rest of this trace is left out`
}
