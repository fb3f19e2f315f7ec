import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import { toStorableTags } from './storable.ts'
import { setTags } from './trace-store.ts'

/** Replaces all tags of a trace and gives what is stored. Throws `not-found`. */
export async function replaceTags(
  ctx: Uses<'db' | 'caller'>,
  traceId: string,
  tags: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  allow(ctx.caller, 'traces:write')
  const storable = toStorableTags(tags)
  const isFound = await ctx.db.write((tx) => setTags(tx, traceId, storable, reachOf(ctx.caller)))
  if (!isFound) throw new DomainError('not-found', 'Trace not found')
  return storable
}
