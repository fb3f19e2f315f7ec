import { dirname } from 'node:path'
import type { ModelFile } from './model-file.ts'
import { partNames, removeFromCache } from './remove-from-cache.ts'
import { readRef, scanLibrary } from './scan-library.ts'

/** The model files of a folder, for whoever works without a database: the command line. */
export async function listCachedFiles(
  hubDir: string,
  nowSeconds: number,
): Promise<readonly ModelFile[]> {
  return (await scanLibrary(hubDir, new Map(), nowSeconds)).files
}

/** The commit that a branch or tag of a repository is at here; null where there is no such. */
export async function findCachedCommit(
  hubDir: string,
  repo: string,
  ref: string,
): Promise<string | null> {
  return readRef(hubDir, repo, ref)
}

/**
 * Removes a model file with all its parts, and their content where no other commit has it. Who has
 * the file open keeps what it has.
 */
export async function removeCachedFile(hubDir: string, file: ModelFile): Promise<void> {
  const names = await partNames(dirname(file.path), file.filename)
  await removeFromCache(hubDir, file, names)
}
