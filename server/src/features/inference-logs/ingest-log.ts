import { DomainError } from '../../platform/domain-error.ts'
import { allow, ownerKeyOf, type Caller, type Uses } from '../identity/index.ts'
import { isAdmin } from './access.ts'
import { ingestLogsGroup, type IngestInput } from './ingest-group.ts'
import { ownerKeyFor, sealOwner } from './owner.ts'
import type { NewLog } from './plan-log.ts'

/** A planned request, or the bytes that `packLog` made of it, and the key that it came with. */
export interface IngestedLog {
  readonly log: NewLog | Uint8Array<ArrayBuffer>
  readonly ownerKeyText: string | null
}

/**
 * Stores a finished request with every step, its span and its trace; one that was stored before is
 * replaced. Resolves when it is on disk. Throws `unauthenticated` or `forbidden` without
 * `traces:write` or for another owner than the caller is limited to; `conflict` when the log has
 * another owner and the caller's key is no admin's, or when its span's id belongs to another trace;
 * `unavailable` when the disk or the database cannot take it.
 */
export async function ingestLog(
  ctx: Uses<'db' | 'clock' | 'vault' | 'caller'>,
  { log, ownerKeyText }: IngestedLog,
  sizeBytes: number,
): Promise<void> {
  allow(ctx.caller, 'traces:write')
  const input: IngestInput = {
    log,
    ...ownerOf(ctx, ownerKeyText),
    mayTakeOver: mayTakeOver(ctx.caller),
    receivedAt: ctx.clock.nowSeconds(),
  }
  const transfer = log instanceof Uint8Array ? [log.buffer] : []
  const result = await ctx.db.enqueue(ingestLogsGroup, input, sizeBytes, transfer)
  switch (result) {
    case 'stored':
      return
    case 'other-owner':
      throw new DomainError('conflict', 'This request id belongs to another key')
    case 'id-taken':
      throw new DomainError('conflict', 'The span id of this request belongs to another trace')
  }
}

/** Engines show no key, so whoever shows none is taken for one, on the owner's machine as well. */
function mayTakeOver(caller: Caller): boolean {
  return caller.kind !== 'local' && isAdmin(caller)
}

function ownerOf(ctx: Uses<'vault' | 'caller'>, keyText: string | null) {
  const subject = ownerKeyOf(ctx.caller) ?? null
  if (keyText === null || keyText === '') return { ownerKey: subject, sealedOwner: null }
  const ownerKey = ownerKeyFor(ctx, keyText)
  if (subject !== null && subject !== ownerKey) {
    throw new DomainError('forbidden', 'This key logs for its own owner only')
  }
  return { ownerKey, sealedOwner: sealOwner(ctx, keyText) }
}
