import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import type { Span } from './span.ts'
import { findSpan } from './span-store.ts'

/** Throws `not-found` when there is no such span within the caller's reach. */
export async function getSpan(ctx: Uses<'db' | 'caller'>, spanId: string): Promise<Span> {
  const span = await findSpanInReach(ctx, spanId)
  if (!span) throw new DomainError('not-found', 'Span not found')
  return span
}

/** The same, with undefined for a span that is not there. */
export async function findSpanInReach(
  ctx: Uses<'db' | 'caller'>,
  spanId: string,
): Promise<Span | undefined> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.read((tx) => findSpan(tx, spanId, reachOf(ctx.caller)))
}
