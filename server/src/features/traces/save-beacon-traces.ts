import type { Tx } from '../../platform/db/database.ts'
import type { ForeignFile } from '../../platform/db/foreign-sqlite.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import type { Uses } from '../identity/index.ts'
import { readBeaconSpans, type BeaconSpans, type BeaconTrace } from './beacon-pages.ts'
import { insertSpans, insertTraces, takenSpanIds } from './ingest-store.ts'
import { addSpans, beginTrace } from './plan-beacon-import.ts'
import { fromTotals } from './rows.ts'
import type { SpanRecord } from './span.ts'
import { addPromptVersions } from './span-store.ts'
import type { TraceHead } from './trace-head.ts'
import { findTraces } from './trace-store.ts'

/** What was taken over and what was not. */
export interface ImportTally {
  readonly traces: number
  readonly spans: number
  /** Traces that were here already and were left as they are. */
  readonly knownTraces: number
  /** Spans whose id belongs to another trace here. */
  readonly refusedSpans: number
  /** Traces that the database refuses to store. */
  readonly failedTraces: number
}

export const noTally: ImportTally = {
  traces: 0,
  spans: 0,
  knownTraces: 0,
  refusedSpans: 0,
  failedTraces: 0,
}

export interface BeaconSource {
  readonly file: ForeignFile
  readonly workroom: Pick<Workroom, 'run'>
  readonly signal: AbortSignal
}

/**
 * Stores a page in one transaction, or each of its traces in one of its own when the page as a
 * whole is refused. A trace larger than a page is read on while its transaction is open: it holds
 * up other writers, but nobody sees half of it.
 */
export async function saveBeaconTraces(
  ctx: Uses<'db'>,
  source: BeaconSource,
  page: readonly BeaconTrace[],
): Promise<ImportTally> {
  try {
    return await ctx.db.write((tx) => save(tx, source, page))
  } catch (error) {
    // A place that cannot take anything, a file that cannot be read and an end are nobody's fault.
    if (error instanceof DomainError || source.signal.aborted) throw error
    const [first, ...others] = page
    if (!first) throw error
    if (others.length === 0) return { ...noTally, failedTraces: 1 }
  }
  const tallies: ImportTally[] = []
  for (const trace of page) tallies.push(await saveBeaconTraces(ctx, source, [trace]))
  return tallies.reduce(addTallies, noTally)
}

export function addTallies(a: ImportTally, b: ImportTally): ImportTally {
  return {
    traces: a.traces + b.traces,
    spans: a.spans + b.spans,
    knownTraces: a.knownTraces + b.knownTraces,
    refusedSpans: a.refusedSpans + b.refusedSpans,
    failedTraces: a.failedTraces + b.failedTraces,
  }
}

async function save(
  tx: Tx,
  source: BeaconSource,
  page: readonly BeaconTrace[],
): Promise<ImportTally> {
  const ids = page.map(({ traceId }) => traceId)
  const known = new Set((await findTraces(tx, ids, 'all')).map(({ traceId }) => traceId))
  const fresh = page.filter(({ traceId }) => !known.has(traceId))
  const given = join(fresh.map(({ first }) => first))
  const taken = await takenIn(tx, given)
  const heads = fresh.map((trace) => ({
    ...addSpans(beginTrace(trace), free(trace.first.spans, taken)),
    tags: trace.tags,
  }))
  await insertTraces(tx, heads)
  const spans = await saveSpans(tx, given, taken)
  const tally = { ...noTally, traces: fresh.length, spans, knownTraces: known.size }
  const [large] = fresh
  const [head] = heads
  const rest = large && head ? await saveRest(tx, source, large, head) : noTally
  return addTallies({ ...tally, refusedSpans: given.spans.length - spans }, rest)
}

/** The spans of a large trace that did not fit its page. */
async function saveRest(
  tx: Tx,
  { file, workroom, signal }: BeaconSource,
  { fileId, first }: BeaconTrace,
  begun: TraceHead,
): Promise<ImportTally> {
  let tally = noTally
  let head = begun
  for (let after = first.moreAfter; after !== undefined;) {
    signal.throwIfAborted()
    const more: BeaconSpans = await workroom.run(readBeaconSpans, { file, fileId, after })
    const taken = await takenIn(tx, more)
    head = addSpans(head, free(more.spans, taken))
    const spans = await saveSpans(tx, more, taken)
    tally = addTallies(tally, { ...noTally, spans, refusedSpans: more.spans.length - spans })
    after = more.moreAfter
  }
  if (tally.spans > 0) {
    await tx.updateMany('traces', 'trace_id', [{ trace_id: head.traceId, ...fromTotals(head) }])
  }
  return tally
}

type Saved = Pick<BeaconSpans, 'spans' | 'promptVersions'>

function join(parts: readonly Saved[]): Saved {
  return {
    spans: parts.flatMap(({ spans }) => spans),
    promptVersions: parts.flatMap(({ promptVersions }) => promptVersions),
  }
}

async function takenIn(tx: Tx, { spans }: Saved): Promise<ReadonlySet<string>> {
  return new Set(
    await takenSpanIds(
      tx,
      spans.map(({ spanId }) => spanId),
    ),
  )
}

function free(spans: readonly SpanRecord[], taken: ReadonlySet<string>): SpanRecord[] {
  return spans.filter(({ spanId }) => !taken.has(spanId))
}

/** Gives the number of spans stored. */
async function saveSpans(tx: Tx, given: Saved, taken: ReadonlySet<string>): Promise<number> {
  const spans = free(given.spans, taken)
  await insertSpans(
    tx,
    spans.map((span) => ({ ...span, seq: null })),
  )
  const prompts = given.promptVersions.filter(({ spanId }) => !taken.has(spanId))
  await addPromptVersions(tx, prompts)
  return spans.length
}
