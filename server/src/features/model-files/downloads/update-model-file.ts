import { readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { DomainError } from '../../../platform/domain-error.ts'
import { allow } from '../../identity/index.ts'
import { snapshotPath } from '../cache-layout.ts'
import { checkWanted } from './check-wanted.ts'
import type { Download } from './download.ts'
import { enqueueDownload } from './enqueue-download.ts'
import { findHubFiles, type WantedFile } from './find-hub-file.ts'
import type { HubFile } from './hub-file.ts'
import { realPatience, type PatiencePowers } from './patience.ts'
import type { DownloadContext } from './powers.ts'
import { cachedCommit } from './start-download.ts'

export type ModelFileUpdate =
  | {
      readonly isCurrent: true
      readonly repo: string
      readonly filename: string
      readonly snapshot: string
    }
  | { readonly isCurrent: false; readonly download: Download; readonly isNew: boolean }

export interface UpdateOptions {
  readonly signal?: AbortSignal
  readonly patience?: PatiencePowers
}

/**
 * Asks the hub for the newest version of a file that is there as the branch `main` had it, and fetches
 * it if its content is another. Needs `models:manage`.
 * @throws DomainError `invalid` for a name that cannot be one; `not-found` when the file is not there;
 * what the hub refuses, with the contract's code.
 */
export async function updateModelFile(
  ctx: DownloadContext,
  { repo, filename }: { readonly repo: string; readonly filename: string },
  { signal = new AbortController().signal, patience = realPatience }: UpdateOptions = {},
): Promise<ModelFileUpdate> {
  allow(ctx.caller, 'models:manage')
  const wanted = checkWanted({ repo, filename })
  const { hub, hubDir } = ctx.downloads
  const snapshot = await cachedCommit(hubDir, wanted)
  if (snapshot === null) throw notThere(wanted)
  const newest = await findHubFiles(hub, wanted, signal, patience)
  const same = await Promise.all(newest.map(async (file) => isSame(hubDir, snapshot, file)))
  if (same.every(Boolean)) return { isCurrent: true, repo, filename, snapshot }
  return { isCurrent: false, ...(await enqueueDownload(ctx, wanted, null)) }
}

/** Another commit may well have the same content. A file that is no link cannot tell what it is. */
async function isSame(hubDir: string, snapshot: string, file: HubFile): Promise<boolean> {
  if (file.commit === snapshot) return true
  const path = snapshotPath(hubDir, file.repo, snapshot, file.filename)
  const blob = await readlink(path).catch(() => null)
  return blob !== null && basename(blob) === file.etag
}

function notThere({ repo, filename }: WantedFile): DomainError {
  const details = { code: 'hub_file_not_found_error', repo, filename, snapshot: 'main' }
  return new DomainError('not-found', `There is no file ${filename} of ${repo} here`, { details })
}
