import { rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FileLock } from '../../../platform/file-lock.ts'
import { blobPath, incompletePath, repoFolder } from '../cache-layout.ts'
import { cancelled } from './hub-error.ts'
import type { HubFile } from './hub-file.ts'

/** Whether a file's content is in the cache, whole. */
export async function isThere(hubDir: string, file: HubFile): Promise<boolean> {
  const found = await stat(blobPath(hubDir, file.repo, file.etag)).catch(() => null)
  return found !== null && found.isFile() && found.size === file.sizeBytes
}

/** Bytes of the files that have to come yet. */
export async function countMissing(hubDir: string, files: readonly HubFile[]): Promise<number> {
  let missing = 0
  for (const file of files) {
    if (await isThere(hubDir, file)) continue
    const partial = await stat(incompletePath(hubDir, file.repo, file.etag)).catch(() => null)
    const kept = partial && partial.size <= file.sizeBytes ? partial.size : 0
    missing += file.sizeBytes - kept
  }
  return missing
}

/** The right to work on a file's content, waited for. Throws DomainError `cancelled`. */
export async function lockBlob(
  hubDir: string,
  file: Pick<HubFile, 'repo' | 'etag'>,
  signal: AbortSignal,
): Promise<FileLock> {
  try {
    return await FileLock.take(lockPath(hubDir, file), signal)
  } catch (error) {
    throw signal.aborted ? cancelled() : error
  }
}

/** Where other tools of the cache keep their locks too, under a name that is none of theirs. */
function lockPath(hubDir: string, { repo, etag }: Pick<HubFile, 'repo' | 'etag'>): string {
  return join(hubDir, '.locks', basename(repoFolder(hubDir, repo)), `${etag}.transfer`)
}

/** Throws away what an earlier attempt left; whoever calls holds the lock. */
export async function removePartial(hubDir: string, { repo, etag }: HubFile): Promise<void> {
  await rm(incompletePath(hubDir, repo, etag), { force: true })
}
