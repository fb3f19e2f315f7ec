import { createHash } from 'node:crypto'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeTinyModel, type TinyModelOptions } from './tiny-model.ts'

export interface CachedFile {
  readonly repo: string
  readonly filename: string
  /** Default 40 times `a`. */
  readonly snapshot?: string
  /** Which branch is at the snapshot; null: none. Default `main`. */
  readonly ref?: string | null
  /** What is in it; else a tiny model of these options. */
  readonly bytes?: Uint8Array
  readonly writeOptions?: TinyModelOptions
}

export interface CachedPaths {
  readonly snapshot: string
  /** The link in the snapshot, by which models are named. */
  readonly path: string
  readonly blob: string
}

export const defaultSnapshot = 'a'.repeat(40)

/** Puts a file into a Hugging Face cache as its own tools do: blob, link and branch. */
export async function addToCache(hubDir: string, file: CachedFile): Promise<CachedPaths> {
  const { repo, filename, snapshot = defaultSnapshot, ref = 'main' } = file
  const bytes = file.bytes ?? encodeTinyModel(file.writeOptions)
  const folder = join(hubDir, `models--${repo.replace('/', '--')}`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const blob = join(folder, 'blobs', digest)
  const path = join(folder, 'snapshots', snapshot, filename)
  await mkdir(dirname(blob), { recursive: true })
  await mkdir(dirname(path), { recursive: true })
  await writeFile(blob, bytes)
  await rm(path, { force: true })
  await symlink(join('..', '..', 'blobs', digest), path)
  if (ref !== null) {
    await mkdir(join(folder, 'refs'), { recursive: true })
    await writeFile(join(folder, 'refs', ref), snapshot)
  }
  return { snapshot, path, blob }
}
