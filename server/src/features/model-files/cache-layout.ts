import { join } from 'node:path'

/**
 * Where things are in a Hugging Face cache. Source: bodhi contract §4.1. Parts that come from
 * outside must have been checked (`isRepo`, `isFilename`) before a path is made of them.
 */

/** `user/name`, each half of letters, digits, `_`, `.` and `-`. */
export function isRepo(text: string): boolean {
  return /^[\w.-]{1,96}\/[\w.-]{1,96}$/u.test(text) && !/(?:^|\/)\.{1,2}(?:\/|$)/u.test(text)
}

/** A file directly in a snapshot: no folders, nothing hidden, nothing that leads elsewhere. */
export function isFilename(text: string): boolean {
  return text.length <= 255 && /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(text)
}

/** A branch, tag or commit as one word. */
export function isRevision(text: string): boolean {
  return /^[\w.-]{1,128}$/u.test(text) && !/^\.{1,2}$/u.test(text)
}

export function repoFolder(hubDir: string, repo: string): string {
  return join(hubDir, `models--${repo.replace('/', '--')}`)
}

/** The repository that a folder of the cache holds; null for other folders. */
export function repoOfFolder(folder: string): string | null {
  const match = /^models--(.+?)--(.+)$/u.exec(folder)
  const repo = match ? `${match[1]}/${match[2]}` : ''
  return isRepo(repo) ? repo : null
}

export function refPath(hubDir: string, repo: string, ref: string): string {
  return join(repoFolder(hubDir, repo), 'refs', ref)
}

export function blobPath(hubDir: string, repo: string, etag: string): string {
  return join(repoFolder(hubDir, repo), 'blobs', etag)
}

/** Where a blob grows until it is whole. */
export function incompletePath(hubDir: string, repo: string, etag: string): string {
  return `${blobPath(hubDir, repo, etag)}.incomplete`
}

export function snapshotPath(hubDir: string, repo: string, snapshot: string, file = ''): string {
  return join(repoFolder(hubDir, repo), 'snapshots', snapshot, file)
}
