import { sql, type Insertable, type Selectable } from 'kysely'
import type { Tx } from '../../../platform/db/database.ts'
import type { DownloadsTable } from '../../../platform/db/model-tables.ts'
import type { Download, PlannedAlias } from './download.ts'
import type { WantedFile } from './find-hub-file.ts'

/** Until the transaction ends no other may add a download or change one. */
export async function lockDownloads(tx: Tx): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await sql`lock table downloads in share row exclusive mode`.execute(tx.db)
}

export async function insertDownload(tx: Tx, download: Download): Promise<void> {
  await tx.db.insertInto('downloads').values(toRow(download)).execute()
}

export async function findDownload(tx: Tx, id: string): Promise<Download | undefined> {
  const row = await tx.db
    .selectFrom('downloads')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The download that is at this very file or waits for it. */
export async function findPending(
  tx: Tx,
  { repo, filename, revision }: WantedFile,
): Promise<Download | undefined> {
  const row = await tx.db
    .selectFrom('downloads')
    .selectAll()
    .where('repo', '=', repo)
    .where('filename', '=', filename)
    .where('revision', '=', revision)
    .where('status', '=', 'pending')
    .orderBy('created_at')
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function countPending(tx: Tx): Promise<number> {
  const { count } = await tx.db
    .selectFrom('downloads')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow()
  return Number(count)
}

export interface DownloadFilter {
  readonly includesArchived: boolean
}

/** The last changed first. */
export async function pageOfDownloads(
  tx: Tx,
  { includesArchived }: DownloadFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly downloads: readonly Download[]; readonly total: number }> {
  const shown = tx.db
    .selectFrom('downloads')
    .$if(!includesArchived, (query) => query.where('archived_at', 'is', null))
  const { count } = await shown
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await shown
    .selectAll()
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
  return { downloads: rows.map(fromRow), total: Number(count) }
}

/** Saves what may change of a download, and takes it from whoever is at it. */
export async function saveDownload(tx: Tx, download: Download): Promise<void> {
  const { id: _, repo: _repo, filename: _filename, ...changeable } = toRow(download)
  await tx.db
    .updateTable('downloads')
    .set({ ...changeable, process_id: null })
    .where('id', '=', download.id)
    .execute()
}

export interface Claimant {
  readonly processId: string
  /** What this process is at already. */
  readonly running: readonly string[]
  readonly at: number
  /** How long a process may be silent before it is taken for dead. */
  readonly deadAfterSeconds: number
}

/**
 * Takes the pending download that waits the longest and that no living process is at. On SQLite
 * there is no other process. Of several who try at once one gets it; the others get another or none.
 */
export async function claimDownload(tx: Tx, claimant: Claimant): Promise<Download | undefined> {
  const { processId, at } = claimant
  for (;;) {
    const row = await nextUnclaimed(tx, claimant)
    if (!row) return undefined
    const claim = { process_id: processId, started_at: row.started_at ?? at, updated_at: at }
    const { numUpdatedRows } = await tx.db
      .updateTable('downloads')
      .set(claim)
      .where('id', '=', row.id)
      .where('status', '=', 'pending')
      .where('process_id', row.process_id === null ? 'is' : '=', row.process_id)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) return fromRow({ ...row, ...claim })
  }
}

async function nextUnclaimed(tx: Tx, { processId, running, deadAfterSeconds }: Claimant) {
  return tx.db
    .selectFrom('downloads')
    .selectAll()
    .where('status', '=', 'pending')
    .$if(running.length > 0, (query) => query.where('id', 'not in', running))
    .$if(tx.dialect === 'postgres', (query) =>
      query.where((where) =>
        where.or([
          where('process_id', 'is', null),
          where('process_id', '=', processId),
          where(
            'process_id',
            'not in',
            where
              .selectFrom('processes')
              .select('id')
              .where('seen_at', '>', sql<number>`${databaseNow} - ${deadAfterSeconds}`),
          ),
        ]),
      ),
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** Clocks of machines differ; that of their one database does not. */
const databaseNow = sql<number>`extract(epoch from clock_timestamp())::double precision`

/**
 * What a process knows of its own download; its name and age are others' to change. False when it is
 * no longer its own.
 */
export async function saveOwn(tx: Tx, processId: string, download: Download): Promise<boolean> {
  const { status, error, error_code, total_bytes, downloaded_bytes, snapshot, updated_at } =
    toRow(download)
  const { numUpdatedRows } = await tx.db
    .updateTable('downloads')
    .set({ status, error, error_code, total_bytes, downloaded_bytes, snapshot, updated_at })
    .where('id', '=', download.id)
    .where('process_id', '=', processId)
    .where('status', '=', 'pending')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Says what a file is to be called. */
export async function saveAlias(tx: Tx, { id, alias }: Download): Promise<void> {
  await tx.db
    .updateTable('downloads')
    .set({ alias: alias && JSON.stringify(alias) })
    .where('id', '=', id)
    .execute()
}

/** Lets others take what a process was at. */
export async function releaseDownloads(tx: Tx, processId: string): Promise<void> {
  await tx.db
    .updateTable('downloads')
    .set({ process_id: null })
    .where('process_id', '=', processId)
    .where('status', '=', 'pending')
    .execute()
}

function toRow(download: Download): Omit<Insertable<DownloadsTable>, 'process_id'> {
  return {
    id: download.id,
    repo: download.repo,
    filename: download.filename,
    revision: download.revision,
    status: download.status,
    error: download.error,
    error_code: download.errorCode,
    total_bytes: download.totalBytes,
    downloaded_bytes: download.downloadedBytes,
    snapshot: download.snapshot,
    alias: download.alias && JSON.stringify(download.alias),
    created_by: download.createdBy,
    created_at: download.createdAt,
    updated_at: download.updatedAt,
    started_at: download.startedAt,
    archived_at: download.archivedAt,
  }
}

function fromRow(row: Selectable<DownloadsTable>): Download {
  return {
    id: row.id,
    repo: row.repo,
    filename: row.filename,
    revision: row.revision,
    status: statusOf(row.status),
    error: row.error,
    errorCode: row.error_code,
    totalBytes: row.total_bytes,
    downloadedBytes: row.downloaded_bytes,
    bytesPerSecond: null,
    snapshot: row.snapshot,
    alias: row.alias === null ? null : readAlias(row.alias),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    archivedAt: row.archived_at,
  }
}

function statusOf(text: string): Download['status'] {
  return text === 'pending' || text === 'completed' ? text : 'error'
}

/** The cast holds because only `toRow` writes this column, from this very type. */
function readAlias(json: string): PlannedAlias {
  return JSON.parse(json) as PlannedAlias
}
