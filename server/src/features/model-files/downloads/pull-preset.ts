import { DomainError } from '../../../platform/domain-error.ts'
import { allow } from '../../identity/index.ts'
import type { Enqueued } from './enqueue-download.ts'
import type { DownloadContext } from './powers.ts'
import { readPresets } from './read-presets.ts'
import { startDownload } from './start-download.ts'

/**
 * Asks for the file of a preset, which is to have the preset's name once it is there. Needs
 * `models:manage`. Throws DomainError `not-found` for an unknown name, else as `startDownload`.
 */
export async function pullPreset(ctx: DownloadContext, name: string): Promise<Enqueued> {
  allow(ctx.caller, 'models:manage')
  const preset = (await readPresets(ctx.downloads.presetsPath)).get(name)
  if (!preset) {
    const details = { code: 'remote_model_not_found_error', alias: name }
    throw new DomainError('not-found', `There is no preset ${name}`, { details })
  }
  const { repo, filename, revision, requestParams = {}, contextParams = {} } = preset
  const alias = { alias: name, requestParams, contextParams }
  return startDownload(ctx, { repo, filename, revision, alias })
}
