import { sql } from 'kysely'
import type { CachedText } from '../../platform/cache/byte-cache.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'

// NOTE: imports no other feature, since each thread that reads for us would load it: 20 MB apiece.

/** The stored document as bytes without its opening brace, and the revision that it shows. */
export const readDocument = defineTask<number, CachedText | undefined>({
  module: import.meta.url,
  name: 'readDocument',
  async run(tx, seq) {
    const row = await tx.db
      .selectFrom('inference_log_payloads')
      .innerJoin('inference_logs', 'inference_logs.seq', 'inference_log_payloads.seq')
      .select(['revision', documentColumn(tx).as('document')])
      .where('inference_logs.seq', '=', seq)
      .executeTakeFirst()
    return row && { generation: row.revision, bytes: bytesOf(row.document).subarray(1) }
  },
})

/** SQLite stores text as the bytes that we send, so nothing has to be made of them. */
function documentColumn({ dialect }: Tx) {
  return dialect === 'sqlite'
    ? sql<string | Uint8Array>`cast(document as blob)`
    : sql<string | Uint8Array>`document`
}

function bytesOf(document: string | Uint8Array): Uint8Array {
  return typeof document === 'string' ? new TextEncoder().encode(document) : document
}

/** Number and revision of the newest logs that have a document. */
export async function newestDocuments(tx: Tx, limit: number) {
  return tx.db
    .selectFrom('inference_logs')
    .innerJoin('inference_log_payloads', 'inference_log_payloads.seq', 'inference_logs.seq')
    .select(['inference_logs.seq', 'revision'])
    .orderBy('created_at', 'desc')
    .orderBy('inference_logs.seq', 'desc')
    .limit(limit)
    .execute()
}
