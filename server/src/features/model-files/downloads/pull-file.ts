import { checkWanted, type FileRequest } from './check-wanted.ts'
import { Hub, type HubOptions } from './hub.ts'
import { listRepoFiles, type HubListing } from './list-repo-files.ts'
import { transferFile, type Transferred, type TransferPowers } from './transfer-file.ts'
import type { TransferProgress } from './transfer-progress.ts'

export interface PullOptions extends FileRequest {
  readonly hub: HubOptions
  /** `{HF_HOME}/hub` or `HF_HUB_CACHE`; made if it is missing. */
  readonly hubDir: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: TransferProgress) => void
  readonly powers?: Partial<TransferPowers>
}

/**
 * Brings a model file, with all its parts, into the cache, without a database. What is there already
 * is only looked up; after an abort the next pull goes on from there. Throws DomainError as
 * `transferFile`, `invalid` for a name that cannot be one.
 */
export async function pullFile(options: PullOptions): Promise<Transferred> {
  const wanted = checkWanted(options)
  await using hub = new Hub(options.hub)
  const { hubDir, signal, onProgress, powers } = options
  return await transferFile({
    hub,
    hubDir,
    wanted,
    signal,
    ...(onProgress && { onProgress }),
    ...(powers && { powers }),
  })
}

export interface ListPullableOptions {
  readonly hub: HubOptions
  readonly repo: string
  readonly revision?: string
  readonly signal: AbortSignal
}

/** The files of a repository that `pullFile` can bring, by name. Throws DomainError. */
export async function listPullableFiles(options: ListPullableOptions): Promise<HubListing[]> {
  const { repo, revision, signal } = options
  const wanted = checkWanted({ repo, filename: 'any.gguf', revision })
  await using hub = new Hub(options.hub)
  return await listRepoFiles(hub, { ...wanted, signal })
}
