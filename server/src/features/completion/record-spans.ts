import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../../platform/domain-error.ts'
import type { TokenTrace } from '../engine/index.ts'
import { allow, lendScope, type Uses } from '../identity/index.ts'
import { ownSpansGroup, prepareTokenLog, type TokenLog } from '../inference-logs/index.ts'
import { ingestSpans, type Announce, type IngestReport, type NewSpan } from '../traces/index.ts'
import type { CompletionPowers } from './powers.ts'

type RecordingContext = Uses<'db' | 'clock' | 'caller'> &
  Pick<CompletionPowers, 'processId' | 'log' | 'workroom'>

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
  const opened = spans.map((span) => ({ span }))
  const { rejected } = await store(ctx, opened, announce)
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
  await closeCalls(
    ctx,
    spans.map((span) => ({ span })),
    announce,
  )
}

/** A span with its end, and the tokens of its call where they were noted. */
export interface EndedCall {
  readonly span: NewSpan
  readonly trace?: TokenTrace | undefined
}

/** `closeSpans` for calls whose tokens may have been noted: they are stored in the same transaction. */
export async function closeCalls(
  ctx: RecordingContext,
  calls: readonly EndedCall[],
  announce: Announce,
): Promise<void> {
  const ended: EndedSpan[] = []
  for (const call of calls) ended.push(await planned(ctx, call))
  for (const portion of inPortions(ended)) await closePortion(ctx, portion, announce)
}

interface EndedSpan {
  readonly span: NewSpan
  readonly tokenLog?: TokenLog
}

/** A call is worth more than its tokens. */
async function planned(
  { workroom, log }: RecordingContext,
  { span, trace }: EndedCall,
): Promise<EndedSpan> {
  if (trace === undefined) return { span }
  try {
    return { span, tokenLog: await prepareTokenLog(workroom, { span, trace }) }
  } catch (error) {
    log.error({ err: error, spanId: span.spanId }, 'the tokens of a call could not be stored')
    return { span }
  }
}

function inPortions(spans: readonly EndedSpan[]): EndedSpan[][] {
  const portions: EndedSpan[][] = []
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
  ended: readonly EndedSpan[],
  announce: Announce,
): Promise<void> {
  const spanIds = ended.map(({ span }) => span.spanId)
  for (const waitMs of [...retryAfterMs, null]) {
    try {
      const { rejected } = await store(ctx, ended, announce)
      if (rejected > 0) ctx.log.error({ spanIds, rejected }, 'spans were refused')
      return
    } catch (error) {
      if (waitMs === null || !isPassing(error)) {
        ctx.log.error({ err: error, spanIds }, 'the end of spans could not be stored')
        return
      }
      ctx.log.warn({ err: error, waitMs }, 'the end of spans could not be stored yet')
      await sleep(waitMs)
    }
  }
}

function store(
  { db, clock, caller, processId }: Omit<RecordingContext, 'workroom'>,
  ended: readonly EndedSpan[],
  announce: Announce,
): Promise<IngestReport> {
  const sizeBytes = ended.reduce((sum, span) => sum + sizeOf(span), 0)
  const ctx = { db, clock, caller: lendScope(caller, 'traces:write') }
  const tokenLogs = ended.flatMap(({ tokenLog }) => tokenLog ?? [])
  const spans = ended.map(({ span }) => span)
  return ingestSpans(ctx, spans, sizeBytes, {
    announce,
    running: { processId },
    through: (input, inputBytes) => db.enqueue(ownSpansGroup, { ...input, tokenLogs }, inputBytes),
  })
}

function sizeOf({ span, tokenLog }: EndedSpan): number {
  const documentLength = tokenLog?.document.text.length ?? 0
  return span.attributesJson.length + rowBytes + documentLength
}

function isPassing(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable'
}
