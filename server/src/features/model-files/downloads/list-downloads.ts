import { allow } from '../../identity/index.ts'
import { findDownload, pageOfDownloads } from './download-store.ts'
import { downloadNotFound, type Download } from './download.ts'
import type { DownloadReadContext } from './powers.ts'

export interface DownloadQuery {
  /** From 1 on. */
  readonly page: number
  readonly pageSize: number
  /** Default false. */
  readonly includesArchived?: boolean
}

export interface DownloadPage {
  readonly downloads: readonly Download[]
  /** On all pages. */
  readonly total: number
}

/**
 * A page of the downloads, the last changed first. Needs `models:manage`, as seeing one does: whoever
 * only uses models sees none. Source: bodhi contract §1.1, rows 16 and 19.
 */
export async function listDownloads(
  ctx: DownloadReadContext,
  { page, pageSize, includesArchived = false }: DownloadQuery,
): Promise<DownloadPage> {
  allow(ctx.caller, 'models:manage')
  const window = { limit: pageSize, offset: (page - 1) * pageSize }
  const found = await ctx.db.read((tx) => pageOfDownloads(tx, { includesArchived }, window))
  return { ...found, downloads: found.downloads.map((download) => newest(ctx, download)) }
}

/** One download. Needs `models:manage`. Throws DomainError `not-found`. */
export async function getDownload(ctx: DownloadReadContext, id: string): Promise<Download> {
  allow(ctx.caller, 'models:manage')
  const download = await ctx.db.read((tx) => findDownload(tx, id))
  if (!download) throw downloadNotFound(id)
  return newest(ctx, download)
}

/** What is stored of a download under way is a few seconds old; this process may know better. */
function newest({ downloads }: DownloadReadContext, stored: Download): Download {
  const live = stored.status === 'pending' ? downloads.live(stored.id) : undefined
  return live?.status === 'pending' ? { ...live, alias: stored.alias } : stored
}
