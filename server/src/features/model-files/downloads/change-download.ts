import { DomainError } from '../../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit } from '../../identity/index.ts'
import { downloadEvent } from './download-events.ts'
import { findDownload, findPending, lockDownloads, saveDownload } from './download-store.ts'
import { downloadNotFound, wrongState, type Download } from './download.ts'
import type { DownloadContext } from './powers.ts'
import type { Tx } from '../../../platform/db/database.ts'

/**
 * Stops a download. What has come of the file stays, so that another try goes on from there, unless
 * it is to be thrown away. One that was cancelled before is given as it is. Needs `models:manage`.
 * @throws DomainError `not-found`; `conflict` for one that ended otherwise.
 */
export async function cancelDownload(
  ctx: DownloadContext,
  id: string,
  { discards = false }: { readonly discards?: boolean } = {},
): Promise<Download> {
  const live = ctx.downloads.live(id)
  const cancelled = await change(ctx, id, (download) => {
    if (download.errorCode === 'cancelled') return download
    if (download.status !== 'pending') throw ended(download)
    return {
      ...download,
      ...(live && { downloadedBytes: live.downloadedBytes, totalBytes: live.totalBytes }),
      status: 'error',
      error: 'The download was cancelled',
      errorCode: 'cancelled',
    }
  })
  ctx.downloads.stop(id)
  if (discards) await ctx.downloads.discard(cancelled)
  return cancelled
}

function ended({ id, status }: Download): DomainError {
  const details = { code: 'download_service_error-not_cancellable', id, status }
  return new DomainError('conflict', 'The download has ended already', { details })
}

/**
 * Lets a download that failed wait for its turn again; what has come of the file counts. Needs
 * `models:manage`. Throws DomainError `not-found`, `precondition` for one that did not fail.
 */
export async function retryDownload(ctx: DownloadContext, id: string): Promise<Download> {
  const retried = await change(ctx, id, async (download, tx) => {
    if (download.status !== 'error') {
      throw wrongState('not_retryable', 'Only a download that failed can be tried again')
    }
    if (await findPending(tx, download)) {
      throw wrongState('not_retryable', 'Another download is at this file already')
    }
    return {
      ...download,
      status: 'pending',
      error: null,
      errorCode: null,
      startedAt: null,
      archivedAt: null,
    }
  })
  ctx.downloads.wake()
  return retried
}

/**
 * Leaves a download that has ended out of lists. Needs `models:manage`. Throws DomainError
 * `not-found`, `precondition` for one that is under way.
 */
export async function archiveDownload(ctx: DownloadContext, id: string): Promise<Download> {
  return change(ctx, id, (download) => {
    if (download.status === 'pending') {
      throw wrongState('cannot_archive_active', 'The download is under way: cancel it first')
    }
    return { ...download, archivedAt: download.archivedAt ?? ctx.clock.nowSeconds() }
  })
}

type Change = (download: Download, tx: Tx) => Download | Promise<Download>

async function change(ctx: DownloadContext, id: string, how: Change): Promise<Download> {
  allow(ctx.caller, 'models:manage')
  return ctx.db.write(async (tx) => {
    await lockDownloads(tx)
    const known = await findDownload(tx, id)
    if (!known) throw downloadNotFound(id)
    const changed = await how(known, tx)
    if (changed === known) return known
    const download = { ...changed, updatedAt: ctx.clock.nowSeconds() }
    await saveDownload(tx, download)
    const { status, errorCode, archivedAt } = download
    const changes = { status, errorCode, isArchived: archivedAt !== null }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'download', id }, 'update', changes)])
    tx.publish(downloadEvent(download))
    return download
  })
}
