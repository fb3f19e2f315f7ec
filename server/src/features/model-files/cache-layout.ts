import { join } from 'node:path'
import { isRepo } from '../../platform/hub-names.ts'

/**
 * Where things are in a Hugging Face cache. Source: bodhi contract §4.1. Parts that come from
 * outside must have been checked (`isRepo`, `isFilename`) before a path is made of them.
 */

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
