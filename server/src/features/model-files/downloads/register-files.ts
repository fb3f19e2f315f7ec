import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { blobPath, refPath, snapshotPath } from '../cache-layout.ts'
import type { Disk } from './disk.ts'
import type { HubFile } from './hub-file.ts'
import { syncFolder } from './partial-file.ts'

/**
 * Makes whole blobs known under their names at their commit, the first file last, and then what the
 * revision stands for. Each name appears at once, so whoever stops in between leaves nothing half.
 */
export async function registerFiles(
  disk: Disk,
  hubDir: string,
  files: readonly HubFile[],
  revision: string,
): Promise<void> {
  for (const file of files.toReversed()) await nameBlob(disk, hubDir, file)
  const [first] = files
  if (first && first.commit !== revision) await writeRef(hubDir, first, revision)
}

async function nameBlob(disk: Disk, hubDir: string, file: HubFile): Promise<void> {
  const path = snapshotPath(hubDir, file.repo, file.commit, file.filename)
  const folder = dirname(path)
  const blob = blobPath(hubDir, file.repo, file.etag)
  const target = relative(folder, blob)
  if ((await readlink(path).catch(() => null)) === target) return
  await mkdir(folder, { recursive: true })
  const draft = join(folder, `.${randomUUID()}.tmp`)
  try {
    await disk.symlink(target, draft).catch(async () => copyFile(blob, draft))
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
}

async function writeRef(hubDir: string, { repo, commit }: HubFile, revision: string) {
  const path = refPath(hubDir, repo, revision)
  if ((await readFile(path, 'utf8').catch(() => '')).trim() === commit) return
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, commit, { flush: true })
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}
