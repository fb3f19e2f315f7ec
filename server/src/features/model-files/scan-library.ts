import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isFilename, isRevision } from '../../platform/hub-names.ts'
import { refPath, repoFolder, repoOfFolder } from './cache-layout.ts'
import type { ModelFile } from './model-file.ts'
import { areOneModel, leadsModel } from './model-parts.ts'
import { takeTurns } from './take-turns.ts'

/** What was found in a folder that does not change by itself. */
export interface ScannedSnapshot {
  readonly repo: string
  readonly snapshot: string
  /** Of the folder itself, in milliseconds. */
  readonly changedMs: number
  readonly files: readonly ScannedFile[]
  /** False while a file may still grow, which the folder's time does not show. */
  readonly isSettled: boolean
}

interface ScannedFile {
  readonly filename: string
  readonly path: string
  readonly sizeBytes: number | null
  readonly modifiedAt: number
}

/** Snapshot folders by their path. */
export type ScannedFolders = ReadonlyMap<string, ScannedSnapshot>

export interface Scan {
  readonly folders: ScannedFolders
  /** In the order of repository, filename and snapshot. */
  readonly files: readonly ModelFile[]
  /** Why the root cannot be read; that there is none is no fault. */
  readonly fault?: Error
}

/** How long after its last change a file or folder is taken to be at rest. */
const restSeconds = 60

/** Folders read at a time: each holds a few open files. */
const foldersAtATime = 16

/**
 * Every model below `hubDir`. Folders that have not changed since `known` are not read again. What
 * cannot be read is left out; without the root there is nothing.
 */
export async function scanLibrary(
  hubDir: string,
  known: ScannedFolders,
  nowSeconds: number,
): Promise<Scan> {
  const root = await readRoot(hubDir)
  const repos = root.folders.flatMap((folder) => repoOfFolder(folder) ?? [])
  const scanned = await takeTurns(repos, foldersAtATime, async (repo) => ({
    current: await readRef(hubDir, repo, 'main'),
    snapshots: await scanRepo({ hubDir, repo, known, nowSeconds }),
  }))
  const files = scanned.flatMap(({ current, snapshots }) =>
    snapshots.flatMap(({ folder }) => modelsOf(folder, current)),
  )
  return {
    folders: new Map(scanned.flatMap(({ snapshots }) => snapshots.map((s) => [s.path, s.folder]))),
    files: files.toSorted(byName),
    ...(root.fault ? { fault: root.fault } : {}),
  }
}

async function readRoot(
  hubDir: string,
): Promise<{ readonly folders: readonly string[]; readonly fault?: Error }> {
  try {
    return { folders: await readdir(hubDir) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return { folders: [], ...(error instanceof Error && !isMissing ? { fault: error } : {}) }
  }
}

/** The commit that a branch or tag is at; null where there is no such. */
export async function readRef(hubDir: string, repo: string, ref: string): Promise<string | null> {
  const text = await readFile(refPath(hubDir, repo, ref), 'utf8').catch(() => '')
  const commit = text.trim()
  return isRevision(commit) ? commit : null
}

interface RepoScan {
  readonly hubDir: string
  readonly repo: string
  readonly known: ScannedFolders
  readonly nowSeconds: number
}

interface SnapshotAt {
  readonly path: string
  readonly folder: ScannedSnapshot
}

async function scanRepo({ hubDir, repo, known, nowSeconds }: RepoScan): Promise<SnapshotAt[]> {
  const root = join(repoFolder(hubDir, repo), 'snapshots')
  const found: SnapshotAt[] = []
  for (const snapshot of (await entriesOf(root)).filter(isRevision)) {
    const path = join(root, snapshot)
    const changedMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    )
    if (changedMs === null) continue
    const before = known.get(path)
    const isSame = before?.isSettled === true && before.changedMs === changedMs
    const folder = isSame
      ? before
      : await readSnapshot(path, { repo, snapshot, changedMs }, nowSeconds)
    found.push({ path, folder })
  }
  return found
}

async function readSnapshot(
  path: string,
  place: Pick<ScannedSnapshot, 'repo' | 'snapshot' | 'changedMs'>,
  nowSeconds: number,
): Promise<ScannedSnapshot> {
  const names = (await entriesOf(path)).filter((name) => name.endsWith('.gguf') && isFilename(name))
  const read = await Promise.all(names.map((filename) => readEntry(join(path, filename), filename)))
  const files = read.filter((file) => file !== undefined)
  const changes = [place.changedMs / 1000, ...files.map(({ modifiedAt }) => modifiedAt)]
  return { ...place, files, isSettled: Math.max(...changes) < nowSeconds - restSeconds }
}

/** Nothing for what is not a file; without a size for a link that leads nowhere. */
async function readEntry(path: string, filename: string): Promise<ScannedFile | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return undefined
    return { filename, path, sizeBytes: found.size, modifiedAt: found.mtimeMs / 1000 }
  } catch {
    return { filename, path, sizeBytes: null, modifiedAt: 0 }
  }
}

function modelsOf(folder: ScannedSnapshot, current: string | null): ModelFile[] {
  const { repo, snapshot, files } = folder
  return files
    .filter(({ filename }) => leadsModel(filename))
    .map((first) => ({
      repo,
      filename: first.filename,
      snapshot,
      path: first.path,
      sizeBytes: sizeOf(first, files),
      modifiedAt: first.modifiedAt,
      isCurrent: snapshot === current,
    }))
}

function sizeOf(first: ScannedFile, files: readonly ScannedFile[]): number | null {
  if (first.sizeBytes === null) return null
  return files
    .filter(({ filename }) => areOneModel(first.filename, filename))
    .reduce((total, { sizeBytes }) => total + (sizeBytes ?? 0), 0)
}

function byName(one: ModelFile, two: ModelFile): number {
  return (
    compare(one.repo, two.repo) ||
    compare(one.filename, two.filename) ||
    compare(one.snapshot, two.snapshot)
  )
}

function compare(one: string, two: string): number {
  if (one === two) return 0
  return one < two ? -1 : 1
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
