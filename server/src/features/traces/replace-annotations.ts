import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { annotationsToJson } from './annotations.ts'
import { reachOf } from './reach.ts'
import type { Annotation } from './span.ts'
import { findSpan, setAnnotations } from './span-store.ts'

/** Replaces all annotations of a span; none clears them. Throws `not-found`. */
export async function replaceAnnotations(
  ctx: Uses<'db' | 'caller'>,
  spanId: string,
  annotations: readonly Annotation[],
): Promise<void> {
  allow(ctx.caller, 'traces:write')
  await ctx.db.write(async (tx) => {
    const span = await findSpan(tx, spanId, reachOf(ctx.caller))
    if (!span) throw new DomainError('not-found', 'Span not found')
    await setAnnotations(tx, spanId, annotationsToJson(annotations))
  })
}
