import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import { traceDocument, type TraceWriterReference } from './trace-document.ts'

/**
 * A trace and all its spans in a surface's own words, as pieces of UTF-8 text. They are read and
 * written off the main thread. Throws `not-found`.
 */
export async function getTraceDocument(
  ctx: Uses<'db' | 'caller'>,
  traceId: string,
  writer: TraceWriterReference,
): Promise<Uint8Array[]> {
  const chunks = await findTraceDocument(ctx, traceId, writer)
  if (!chunks) throw new DomainError('not-found', 'Trace not found')
  return chunks
}

/** The same, with undefined for a trace that is not there. */
export async function findTraceDocument(
  ctx: Uses<'db' | 'caller'>,
  traceId: string,
  writer: TraceWriterReference,
): Promise<Uint8Array[] | undefined> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.run(traceDocument, { traceId, reach: reachOf(ctx.caller), writer })
}
