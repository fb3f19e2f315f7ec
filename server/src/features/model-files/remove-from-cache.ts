import { readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { repoFolder, snapshotPath } from './cache-layout.ts'
import type { ModelFile } from './model-file.ts'
import { areOneModel } from './model-parts.ts'

/** The files of a folder that belong to the same model as this one, itself among them. */
export async function partNames(folder: string, filename: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => areOneModel(filename, name))
}

/**
 * Removes files of one snapshot; a blob goes with the last name that leads to it. What a name leads
 * to outside of the repository's own blobs stays. A snapshot left empty goes, and branches with it,
 * since other readers of the cache take a branch without its snapshot for damage.
 */
export async function removeFromCache(
  hubDir: string,
  { repo, snapshot }: Pick<ModelFile, 'repo' | 'snapshot'>,
  filenames: readonly string[],
): Promise<void> {
  const folder = repoFolder(hubDir, repo)
  const paths = filenames.map((filename) => snapshotPath(hubDir, repo, snapshot, filename))
  const blobs = await Promise.all(paths.map((path) => blobOf(path, folder)))
  for (const path of paths) await rm(path, { force: true })
  const used = await usedBlobs(folder)
  for (const blob of blobs) if (blob !== null && !used.has(blob)) await rm(blob, { force: true })
  await removeEmptySnapshot(folder, snapshotPath(hubDir, repo, snapshot), snapshot)
}

/** The blob of this repository that a name leads to; null for any other file. */
async function blobOf(path: string, folder: string): Promise<string | null> {
  const [target, blobs] = await Promise.all([
    realpath(path).catch(() => null),
    realpath(join(folder, 'blobs')).catch(() => null),
  ])
  return target !== null && dirname(target) === blobs ? target : null
}

/** Blobs that any snapshot of a repository still leads to. */
async function usedBlobs(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(join(folder, 'snapshots'), { recursive: true, withFileTypes: true })
  const links = entries.filter((entry) => entry.isSymbolicLink())
  const targets = await Promise.all(
    links.map(({ parentPath, name }) => realpath(join(parentPath, name)).catch(() => '')),
  )
  return new Set(targets)
}

async function removeEmptySnapshot(folder: string, path: string, snapshot: string): Promise<void> {
  const isGone = await rmdir(path).then(
    () => true,
    () => false,
  )
  if (!isGone) return
  const refs = join(folder, 'refs')
  for (const name of await readdir(refs).catch(() => [])) {
    const commit = await readFile(join(refs, name), 'utf8').catch(() => '')
    if (commit.trim() === snapshot) await rm(join(refs, name), { force: true })
  }
}
