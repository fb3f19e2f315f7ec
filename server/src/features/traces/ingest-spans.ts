import { serialize } from 'node:v8'
import { allow, ownerKeyOf, type Uses } from '../identity/index.ts'
import type { Announce } from './events.ts'
import { ingestGroup, type IngestInput, type IngestReport } from './ingest-group.ts'
import type { NewSpan } from './span.ts'

/** Spans made off the main thread, packed so that they cross threads without being unpacked. */
export interface PackedSpans {
  readonly packed: Uint8Array<ArrayBuffer>
}

export function packSpans(spans: readonly NewSpan[]): PackedSpans {
  const bytes = serialize(spans)
  const packed = new Uint8Array(bytes.byteLength)
  packed.set(bytes)
  return { packed }
}

export interface IngestOptions {
  /** Default `after`. */
  readonly announce?: Announce | undefined
  /** The spans are this process's own work: those that are still open are noted as its. */
  readonly running?: { readonly processId: string } | undefined
  /** Puts them into a group that does more than ours in the same transaction. */
  readonly through?: Enqueue
}

type Enqueue = (
  input: IngestInput,
  sizeBytes: number,
  transfer?: readonly ArrayBuffer[],
) => Promise<IngestReport>

/**
 * Stores spans, each new or sent again. Resolves when they are on disk, with the number of
 * those taken and of those refused because their id belongs to another trace. Throws
 * `forbidden` or `unauthenticated` without `traces:write`, `unavailable` when the disk or the
 * database cannot take them.
 */
export async function ingestSpans(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  spans: readonly NewSpan[] | PackedSpans,
  sizeBytes: number,
  { announce = 'after', running, through }: IngestOptions = {},
): Promise<IngestReport> {
  allow(ctx.caller, 'traces:write')
  const from = {
    receivedAt: ctx.clock.nowSeconds(),
    ownerKey: ownerKeyOf(ctx.caller) ?? null,
    announce,
    runningIn: running?.processId ?? null,
  }
  const enqueue: Enqueue = through ?? ((...given) => ctx.db.enqueue(ingestGroup, ...given))
  if ('packed' in spans) {
    const { packed } = spans
    return enqueue({ ...from, spans: packed }, sizeBytes, [packed.buffer])
  }
  if (spans.length === 0) return { accepted: 0, rejected: 0 }
  return enqueue({ ...from, spans }, sizeBytes)
}
