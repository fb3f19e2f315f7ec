import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemClock, type Clock } from '../../../platform/clock.ts'
import { blobPath, snapshotPath } from '../cache-layout.ts'
import type { ModelFile } from '../model-file.ts'
import { readRef } from '../scan-library.ts'
import { countMissing, isThere, lockBlob } from './blob-state.ts'
import { checkRoom, diskFailure, realDisk, type Disk } from './disk.ts'
import { fetchBlob } from './fetch-blob.ts'
import { findHubFiles, type WantedFile } from './find-hub-file.ts'
import type { HubFile } from './hub-file.ts'
import type { Hub } from './hub.ts'
import { realPatience, type PatiencePowers } from './patience.ts'
import { registerFiles } from './register-files.ts'
import { ProgressMeter, type TransferProgress } from './transfer-progress.ts'

/** What a transfer needs of the world; tests give their own. */
export interface TransferPowers {
  readonly disk: Disk
  readonly patience: PatiencePowers
  readonly clock: Pick<Clock, 'elapsedMs'>
}

export interface TransferOptions {
  readonly hub: Hub
  /** `{HF_HOME}/hub` or `HF_HUB_CACHE`. */
  readonly hubDir: string
  /** Must have been checked: paths are made of it. */
  readonly wanted: WantedFile
  readonly signal: AbortSignal
  readonly onProgress?: (progress: TransferProgress) => void
  readonly powers?: Partial<TransferPowers>
}

export interface Transferred {
  readonly file: ModelFile
  /** Whether all its bytes were there already. */
  readonly wasThere: boolean
}

const realPowers: TransferPowers = { disk: realDisk, patience: realPatience, clock: systemClock }

interface Transfer extends TransferOptions {
  readonly powers: TransferPowers
  readonly meter: ProgressMeter
}

/**
 * Brings a model file, with all its parts, from a hub into the cache. Its content comes first, under
 * the name of its etag; then its name at the commit; then what the revision stands for. Two transfers
 * of the same content, in whatever processes, take turns. After an abort, a broken connection or a
 * full disk the next one goes on from where this one stopped.
 * Throws DomainError; its `details.code` is the contract's.
 */
export async function transferFile(options: TransferOptions): Promise<Transferred> {
  const { hubDir, wanted, onProgress = () => undefined } = options
  const powers = { ...realPowers, ...options.powers }
  const files = await findHubFiles(options.hub, wanted, options.signal, powers.patience)
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const snapshot = files[0]?.commit ?? ''
  const meter = new ProgressMeter(powers.clock, { snapshot, totalBytes }, onProgress)
  try {
    const wasThere = await bringAll({ ...options, powers, meter }, files)
    await registerFiles(powers.disk, hubDir, files, wanted.revision)
    return { file: await describe(hubDir, wanted, { snapshot, totalBytes }), wasThere }
  } catch (error) {
    throw diskFailure(error)
  }
}

async function bringAll(transfer: Transfer, files: readonly HubFile[]): Promise<boolean> {
  const { hubDir, wanted, powers } = transfer
  await mkdir(dirname(blobPath(hubDir, wanted.repo, 'x')), { recursive: true })
  await checkRoom(powers.disk, hubDir, await countMissing(hubDir, files))
  let wereThere = true
  for (const file of files) wereThere = (await bring(transfer, file)) && wereThere
  return wereThere
}

/** Makes sure of one part's content. True when it was there. */
async function bring(transfer: Transfer, file: HubFile): Promise<boolean> {
  const { hub, hubDir, signal, powers, meter } = transfer
  const { filename, sizeBytes } = file
  meter.show(filename, 'waiting', 0)
  using _lock = await lockBlob(hubDir, file, signal)
  const wasThere = await isThere(hubDir, file)
  if (!wasThere) {
    await fetchBlob({
      hub,
      hubDir,
      file,
      signal,
      disk: powers.disk,
      patience: powers.patience,
      onChecked: (bytes) => meter.show(filename, 'checking', bytes),
      onBytes(bytes, received) {
        meter.receive(received)
        meter.show(filename, 'downloading', bytes)
      },
    })
  }
  meter.settle(sizeBytes)
  meter.show(filename, 'downloading', 0)
  return wasThere
}

async function describe(
  hubDir: string,
  { repo, filename }: WantedFile,
  { snapshot, totalBytes }: { readonly snapshot: string; readonly totalBytes: number },
): Promise<ModelFile> {
  const path = snapshotPath(hubDir, repo, snapshot, filename)
  return {
    repo,
    filename,
    snapshot,
    path,
    sizeBytes: totalBytes,
    modifiedAt: (await stat(path)).mtimeMs / 1000,
    isCurrent: (await readRef(hubDir, repo, 'main')) === snapshot,
  }
}
