import { toTime, toTimeOrNull } from '../../platform/iso-time.ts'
import type { DownloadRequest } from '@pharos/contract/bodhi/downloads.ts'
import type { LocalModel } from '@pharos/contract/bodhi/files.ts'
import type { Download, ModelFile, ModelMetadata } from '../../features/model-files/index.ts'
import { toMetadata } from './wire-models.ts'

/** Source: bodhi contract §1.10. */
export function toLocalModel(file: ModelFile, metadata: ModelMetadata | null): LocalModel {
  const { repo, filename, snapshot, sizeBytes } = file
  return {
    repo,
    filename,
    snapshot,
    size: sizeBytes,
    model_params: {},
    metadata: toMetadata(metadata),
  }
}

/** Source: bodhi contract §1.11. */
export function toDownload(download: Download): DownloadRequest {
  const { id, repo, filename, status, error, errorCode, snapshot } = download
  return {
    id,
    repo,
    filename,
    status,
    error,
    error_code: errorCode,
    created_at: toTime(download.createdAt),
    updated_at: toTime(download.updatedAt),
    total_bytes: download.totalBytes,
    downloaded_bytes: download.downloadedBytes,
    bytes_per_second: download.bytesPerSecond,
    snapshot,
    started_at: toTimeOrNull(download.startedAt),
    archived_at: toTimeOrNull(download.archivedAt),
  }
}
