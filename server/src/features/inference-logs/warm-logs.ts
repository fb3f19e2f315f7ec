import type { ByteCache } from '../../platform/cache/byte-cache.ts'
import type { Uses } from '../identity/index.ts'
import { newestDocuments, readDocument } from './document-store.ts'

const warmLogCount = 50

/** Takes the newest logs into the cache, one after another. */
export async function warmLogs(
  { db, logCache }: Uses<'db'> & { readonly logCache: ByteCache },
  signal: AbortSignal,
): Promise<void> {
  const newest = await db.read((tx) => newestDocuments(tx, warmLogCount))
  // The newest is read last, so that it is the last to go.
  for (const { seq, revision } of newest.toReversed()) {
    if (signal.aborted) return
    await logCache.read(String(seq), revision, () => db.run(readDocument, seq))
  }
}
