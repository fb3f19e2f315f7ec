import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, lendScope, type Uses } from '../identity/index.ts'
import { ownSpansGroup } from '../inference-logs/index.ts'
import { ingestSpans, type Announce, type IngestReport, type NewSpan } from '../traces/index.ts'
import type { CompletionPowers } from './powers.ts'

type RecordingContext = Uses<'db' | 'clock' | 'caller'> &
  Pick<CompletionPowers, 'processId' | 'log'>

/** Waits before the next tries to store what has happened already. */
const retryAfterMs = [100, 500, 2000]

/** What a span's row takes beside its attributes. */
const rowBytes = 500

/** The queue of the writer refuses what is larger than its bound, however long one waits. */
const maxPortionBytes = 32 * 1024 * 1024

/**
 * Stores spans that this server makes itself and resolves when they are on disk. Those without an
 * end are noted as running here: should this process die, they are closed as errors. Needs
 * `completions:run` only, since recording always happens.
 * @throws DomainError `conflict` when the trace belongs to somebody else, `unavailable` when
 * nothing can be stored.
 */
export async function openSpans(
  ctx: RecordingContext,
  spans: readonly NewSpan[],
  announce: Announce,
): Promise<void> {
  allow(ctx.caller, 'completions:run')
  const { rejected } = await store(ctx, spans, announce)
  if (rejected > 0) throw new DomainError('conflict', 'This trace belongs to somebody else')
}

/**
 * Stores how spans ended, in order. What happened has happened, so this never throws: it tries
 * again a few times and then logs the loss.
 */
export async function closeSpans(
  ctx: RecordingContext,
  spans: readonly NewSpan[],
  announce: Announce,
): Promise<void> {
  for (const portion of inPortions(spans)) await closePortion(ctx, portion, announce)
}

function inPortions(spans: readonly NewSpan[]): NewSpan[][] {
  const portions: NewSpan[][] = []
  let leftBytes = 0
  for (const span of spans) {
    leftBytes -= sizeOf(span)
    const open = portions.at(-1)
    if (open !== undefined && leftBytes >= 0) open.push(span)
    else {
      portions.push([span])
      leftBytes = maxPortionBytes - sizeOf(span)
    }
  }
  return portions
}

async function closePortion(
  ctx: RecordingContext,
  spans: readonly NewSpan[],
  announce: Announce,
): Promise<void> {
  for (const waitMs of [...retryAfterMs, null]) {
    try {
      const { rejected } = await store(ctx, spans, announce)
      if (rejected > 0) ctx.log.error({ spanIds: idsOf(spans), rejected }, 'spans were refused')
      return
    } catch (error) {
      if (waitMs === null || !isPassing(error)) {
        ctx.log.error({ err: error, spanIds: idsOf(spans) }, 'the end of spans could not be stored')
        return
      }
      ctx.log.warn({ err: error, waitMs }, 'the end of spans could not be stored yet')
      await sleep(waitMs)
    }
  }
}

function store(
  { db, clock, caller, processId }: RecordingContext,
  spans: readonly NewSpan[],
  announce: Announce,
): Promise<IngestReport> {
  const sizeBytes = spans.reduce((sum, span) => sum + sizeOf(span), 0)
  const ctx = { db, clock, caller: lendScope(caller, 'traces:write') }
  return ingestSpans(ctx, spans, sizeBytes, {
    announce,
    running: { processId },
    through: ownSpansGroup,
  })
}

function sizeOf({ attributesJson }: NewSpan): number {
  return attributesJson.length + rowBytes
}

function isPassing(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable'
}

function idsOf(spans: readonly NewSpan[]): string[] {
  return spans.map(({ spanId }) => spanId)
}
