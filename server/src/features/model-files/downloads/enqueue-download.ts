import { DomainError } from '../../../platform/domain-error.ts'
import { auditEntry, insertAudit, userIdOf } from '../../identity/index.ts'
import { downloadEvent } from './download-events.ts'
import {
  countPending,
  findPending,
  insertDownload,
  lockDownloads,
  saveAlias,
} from './download-store.ts'
import type { Download, PlannedAlias } from './download.ts'
import type { WantedFile } from './find-hub-file.ts'
import type { DownloadContext } from './powers.ts'

export interface Enqueued {
  readonly download: Download
  /** False for one that was at it already. */
  readonly isNew: boolean
}

const mostPending = 1000

/**
 * Lets a file be fetched, unless somebody asked for it already: then what it is to be called is noted
 * there, if nobody said it before. Throws DomainError `limit` when too many wait.
 */
export async function enqueueDownload(
  ctx: DownloadContext,
  wanted: WantedFile,
  alias: PlannedAlias | null,
): Promise<Enqueued> {
  const enqueued = await ctx.db.write(async (tx): Promise<Enqueued> => {
    await lockDownloads(tx)
    const pending = await findPending(tx, wanted)
    if (pending) {
      const download = { ...pending, alias: pending.alias ?? alias }
      if (pending.alias === null && alias) await saveAlias(tx, download)
      return { download, isNew: false }
    }
    if ((await countPending(tx)) >= mostPending) {
      throw new DomainError('limit', `There are ${mostPending} downloads waiting already`)
    }
    const download = newDownload(ctx, wanted, alias)
    await insertDownload(tx, download)
    const changes = { ...wanted, ...(alias && { alias: alias.alias }) }
    const target = { kind: 'download', id: download.id }
    await insertAudit(tx, [auditEntry(ctx, target, 'create', changes)])
    tx.publish(downloadEvent(download))
    return { download, isNew: true }
  })
  ctx.downloads.wake()
  return enqueued
}

function newDownload(
  ctx: DownloadContext,
  { repo, filename, revision }: WantedFile,
  alias: PlannedAlias | null,
): Download {
  const at = ctx.clock.nowSeconds()
  return {
    id: ctx.ids.uuid(),
    repo,
    filename,
    revision,
    status: 'pending',
    error: null,
    errorCode: null,
    totalBytes: null,
    downloadedBytes: 0,
    bytesPerSecond: null,
    snapshot: null,
    alias,
    createdBy: userIdOf(ctx.caller),
    createdAt: at,
    updatedAt: at,
    startedAt: null,
    archivedAt: null,
  }
}
