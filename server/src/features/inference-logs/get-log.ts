import type { ByteCache } from '../../platform/cache/byte-cache.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Tx } from '../../platform/db/database.ts'
import { shareTokens, type Uses } from '../identity/index.ts'
import { allowReading } from './access.ts'
import { readDocument } from './document-store.ts'
import type { ListedLog } from './log.ts'
import { ownerShownTo } from './redact.ts'
import { findReadableLog, readSpanDocument, type ReadableLog } from './read-log-store.ts'

/** One log for one reader. */
export interface LogView {
  readonly log: ListedLog
  /** The key that it came with, for an admin; null for anybody else. */
  readonly owner: string | null
  /** Of the link to it, if it is public by one. */
  readonly publicToken: string | null
  /** The rest of its reply as JSON text, from behind the opening brace to the closing one. */
  readonly rest: Uint8Array
}

export interface LogPowers extends Uses<'db' | 'vault' | 'caller'> {
  /**
   * Documents as bytes that are ready to be sent, by the number of their log. Nobody's permission
   * is kept there, and a reader first learns from the database which revision it must have, so no
   * entry is ever too old, whichever process changed the log.
   */
  readonly logCache: ByteCache
}

/**
 * One log, by its request id or by the id of its span. Throws `not-found` also to nobody in
 * particular, then `unauthenticated` or `forbidden`. Source: thunder contract §1.6.
 */
export async function getLog(ctx: LogPowers, id: string): Promise<LogView> {
  const { log, publicToken } = await ctx.db.read((tx) => findShown(ctx, tx, id))
  allowReading(ctx.caller, log)
  return { log, owner: ownerShownTo(ctx, log), publicToken, rest: await restOf(ctx, log) }
}

/** The same for a reader whom a public link has let in already, and who never sees a key. */
export async function getSharedLog(ctx: Omit<LogPowers, 'caller'>, id: string): Promise<LogView> {
  const { log, publicToken } = await ctx.db.read((tx) => findShown(ctx, tx, id))
  return { log, owner: null, publicToken, rest: await restOf(ctx, log) }
}

async function findShown(ctx: Uses<'vault'>, tx: Tx, id: string) {
  const log = await findReadableLog(tx, id)
  if (!log) throw new DomainError('not-found', 'Log not found')
  const tokens = log.isPublic ? await shareTokens(ctx, tx, 'log', [log.requestId]) : undefined
  return { log, publicToken: tokens?.get(log.requestId) ?? null }
}

async function restOf(
  { db, logCache }: Omit<LogPowers, 'caller'>,
  log: ReadableLog,
): Promise<Uint8Array> {
  const rest = log.hasDocument
    ? await logCache.read(String(log.seq), log.revision, () => db.run(readDocument, log.seq))
    : { bytes: await db.run(readSpanDocument, log.spanId) }
  // It was there a moment ago: somebody has deleted it meanwhile.
  if (rest?.bytes === undefined) throw new DomainError('not-found', 'Log not found')
  return rest.bytes
}
