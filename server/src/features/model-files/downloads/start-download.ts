import { stat } from 'node:fs/promises'
import { DomainError } from '../../../platform/domain-error.ts'
import { allow } from '../../identity/index.ts'
import { snapshotPath } from '../cache-layout.ts'
import { readRef } from '../scan-library.ts'
import { checkWanted, type FileRequest } from './check-wanted.ts'
import type { PlannedAlias } from './download.ts'
import { enqueueDownload, type Enqueued } from './enqueue-download.ts'
import { partsOf } from './file-parts.ts'
import type { WantedFile } from './find-hub-file.ts'
import type { DownloadContext } from './powers.ts'

export interface DownloadInput extends FileRequest {
  /** What the file is to be called once it is there. */
  readonly alias?: PlannedAlias
}

/**
 * Asks for a file of the hub, all parts of it; one download at a time is at a file. Needs
 * `models:manage`.
 * @throws DomainError `invalid` for a name that cannot be one; `conflict` when the file is there as the
 * revision is known to be; `limit` when too many wait.
 */
export async function startDownload(ctx: DownloadContext, input: DownloadInput): Promise<Enqueued> {
  allow(ctx.caller, 'models:manage')
  const wanted = checkWanted(input)
  const snapshot = await cachedCommit(ctx.downloads.hubDir, wanted)
  if (snapshot !== null) throw alreadyThere(wanted, snapshot)
  return enqueueDownload(ctx, wanted, input.alias ?? null)
}

function alreadyThere({ repo, filename }: WantedFile, snapshot: string): DomainError {
  const details = { code: 'pull_error-file_already_exists', repo, filename, snapshot }
  return new DomainError('conflict', `${filename} of ${repo} is there already`, { details })
}

/** The commit at which all parts of a file are in the cache for a revision; null if they are not. */
export async function cachedCommit(
  hubDir: string,
  { repo, filename, revision }: WantedFile,
): Promise<string | null> {
  const commit = (await readRef(hubDir, repo, revision)) ?? revision
  const paths = partsOf(filename).map((part) => snapshotPath(hubDir, repo, commit, part))
  const found = await Promise.all(paths.map(async (path) => stat(path).catch(() => null)))
  return found.every((one) => one?.isFile()) ? commit : null
}
