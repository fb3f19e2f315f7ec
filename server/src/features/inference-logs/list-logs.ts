import { useCollection } from '../collections/index.ts'
import {
  allow,
  lendScope,
  ownerKeyFor,
  ownerKeyOf,
  type Caller,
  type Uses,
} from '../identity/index.ts'
import { findMatchingSpans, type SearchIndex } from '../traces/index.ts'
import { isAdmin } from './access.ts'
import { pageOfCalls } from './list-calls-store.ts'
import { pageOfLogs, type LogSelection } from './list-store.ts'
import { ownerShownTo } from './redact.ts'
import type { ListedLog } from './log.ts'

/** What to list; what is left out restricts nothing. Times are Unix seconds, `to` not included. */
export interface LogFilter {
  readonly collectionId?: number | undefined
  /** An owner's key as it is; only an admin is heard. */
  readonly ownerText?: string | undefined
  /** Text in the log's prompt, output or other figures, as the search of spans finds it. */
  readonly q?: string | undefined
  readonly model?: string | undefined
  readonly mod?: string | undefined
  readonly status?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Whether model calls that tracers told of are listed as well. */
  readonly hasTold?: boolean | undefined
}

interface LogPage {
  readonly limit: number
  readonly offset: number
}

/** A log with the key that it came with, for an admin; with null for anybody else. */
export interface ShownLog extends ListedLog {
  readonly owner: string | null
}

interface ListPowers extends Uses<'db' | 'vault' | 'caller'> {
  readonly searchIndex?: SearchIndex | undefined
}

/**
 * One page of the logs within the caller's reach, newest first; of a collection last added first.
 * Throws `not-found` or `forbidden` for a collection that is not the caller's. Source: thunder
 * contract §1.6.
 */
export async function listLogs(
  ctx: ListPowers,
  filter: LogFilter,
  page: LogPage,
  signal?: AbortSignal,
): Promise<ShownLog[]> {
  allow(ctx.caller, 'logs:read')
  const { collectionId, q, model, mod, status, from, to } = filter
  if (collectionId !== undefined) {
    await ctx.db.read((tx) => useCollection(tx, ctx.caller, collectionId))
  }
  const spanSeqs = q === undefined || q === '' ? undefined : await matching(ctx, q, signal)
  const given = { collectionId, model, mod, status, from, to, spanSeqs }
  const selection: LogSelection = { ...given, ...reachedBy(ctx, filter) }
  const lists = filter.hasTold === true && collectionId === undefined ? pageOfCalls : pageOfLogs
  const logs = await ctx.db.run(lists, { selection, ...page })
  return logs.map((log) => ({ ...log, owner: ownerShownTo(ctx, log) }))
}

function matching(ctx: ListPowers, q: string, signal: AbortSignal | undefined): Promise<number[]> {
  return findMatchingSpans({ ...ctx, caller: lendScope(ctx.caller, 'traces:read') }, q, signal)
}

/** NOTE: a collection of one's own may hold what others have made public. */
function reachedBy(
  ctx: Uses<'vault' | 'caller'>,
  { collectionId, ownerText }: LogFilter,
): Pick<LogSelection, 'ownerKey' | 'orPublic'> {
  const ownerKey = ownerReachOf(ctx.caller)
  if (collectionId !== undefined) return { ownerKey, orPublic: true }
  if (isAdmin(ctx.caller) && ownerText !== undefined) {
    return { ownerKey: ownerKeyFor(ctx, ownerText) }
  }
  return { ownerKey }
}

/** The owner whose logs alone the caller reaches; undefined for all. The rule is `owns`. */
export function ownerReachOf(caller: Caller): string | undefined {
  return isAdmin(caller) ? undefined : ownerKeyOf(caller)
}
