import { DomainError } from '../../../platform/domain-error.ts'
import { allow, type Uses } from '../../identity/index.ts'
import { reachOf } from '../reach.ts'
import { toSearchForms } from './match.ts'
import {
  pageOfHits,
  readExtent,
  scanSpans,
  scanTraceNames,
  type Extent,
  type FoundSpan,
  type Hits,
  type Scope,
} from './scan-store.ts'
import type { SearchIndex } from './search-index.ts'
import { mergeStretches, pagesOf, stretchesFrom } from './stretches.ts'

export interface SearchQuery {
  /** At least one character; taken literally, ASCII case folded. */
  readonly q: string
  readonly limit: number
  readonly offset: number
}

export interface SearchPowers extends Uses<'db' | 'caller'> {
  /** PostgreSQL has none: there everything is scanned. */
  readonly searchIndex?: SearchIndex | undefined
}

/** A page is so large that it takes about this long: others wait no longer for the reader. */
const pageMs = { least: 4, most: 12 }
const pageSpans = { least: 32, first: 512, most: 8_192 }
const tracesPerPage = 1_000

/**
 * One page of the spans that contain the text, and their true number: spans whose name or
 * attributes contain it, latest start first, then all other spans of traces whose name does. What
 * the index does not know is scanned. The rows are read in pages, so that no snapshot is held for
 * long; spans that arrive meanwhile may be missing. Throws `cancelled` once the signal aborts.
 */
export async function searchSpans(
  ctx: SearchPowers,
  { q, limit, offset }: SearchQuery,
  signal?: AbortSignal,
): Promise<{ results: readonly FoundSpan[]; total: number }> {
  allow(ctx.caller, 'traces:read')
  const scope: Scope = { forms: toSearchForms(q), reach: reachOf(ctx.caller) }
  const extent = await ctx.db.read(readExtent)
  const own = await scanAll(ctx, scope, await stretchesToScan(ctx, scope, extent), signal)
  const byTrace = await scanTraces(ctx, scope, extent, signal)
  return ctx.db.run(pageOfHits, { own, byTrace, forms: scope.forms, limit, offset }, [
    own.buffer,
    byTrace.buffer,
  ])
}

/**
 * Sequence numbers of all spans whose own name or attributes contain the text, in no order. Throws
 * as `searchSpans` does.
 */
export async function findMatchingSpans(
  ctx: SearchPowers,
  q: string,
  signal?: AbortSignal,
): Promise<number[]> {
  allow(ctx.caller, 'traces:read')
  const scope: Scope = { forms: toSearchForms(q), reach: reachOf(ctx.caller) }
  const extent = await ctx.db.read(readExtent)
  const hits = await scanAll(ctx, scope, await stretchesToScan(ctx, scope, extent), signal)
  return Array.from(hits.filter((_, index) => index % 2 === 0))
}

/**
 * NOTE: the extent is read before the index is asked. A change that the index takes in between
 * is then looked at twice; the other way round it could be missed.
 */
async function stretchesToScan(
  { searchIndex }: SearchPowers,
  { forms }: Scope,
  { firstSeq, lastSeq, changes }: Extent,
): Promise<number[]> {
  if (!searchIndex) return [firstSeq, lastSeq]
  const index = await searchIndex.find([...forms.inName, ...forms.inAttributes])
  const changed = changes.filter(({ id }) => id > index.lastChange).flatMap(({ seq }) => [seq, seq])
  const behind = index.lastSeq < lastSeq ? [index.lastSeq + 1, lastSeq] : []
  return stretchesFrom(firstSeq, mergeStretches([...index.stretches, ...changed, ...behind]))
}

async function scanAll(
  { db }: SearchPowers,
  scope: Scope,
  stretches: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array<ArrayBuffer>> {
  const hits: Hits[] = []
  let size = pageSpans.first
  for (const page of pagesOf(stretches, () => size)) {
    refuseIfAborted(signal)
    const startedMs = performance.now()
    hits.push(await db.run(scanSpans, { ...scope, page }))
    const tookMs = performance.now() - startedMs
    if (tookMs < pageMs.least) size = Math.min(size * 2, pageSpans.most)
    if (tookMs > pageMs.most) size = Math.max(size / 2, pageSpans.least)
  }
  return joined(hits)
}

async function scanTraces(
  { db }: SearchPowers,
  scope: Scope,
  { lastTraceSeq }: Extent,
  signal: AbortSignal | undefined,
): Promise<Float64Array<ArrayBuffer>> {
  const hits: Hits[] = []
  if (scope.forms.inName.length === 0) return joined(hits)
  for (let from = 1; from <= lastTraceSeq; from += tracesPerPage) {
    refuseIfAborted(signal)
    const to = from + tracesPerPage - 1
    hits.push(await db.run(scanTraceNames, { ...scope, from, to }))
  }
  return joined(hits)
}

function joined(pages: readonly Hits[]): Float64Array<ArrayBuffer> {
  const all = new Float64Array(pages.reduce((sum, page) => sum + page.length, 0))
  let at = 0
  for (const page of pages) {
    all.set(page, at)
    at += page.length
  }
  return all
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DomainError('cancelled', 'The search was cancelled')
}
