import { DomainError } from '../../platform/domain-error.ts'
import type { ModelFile, ModelFileRef } from './model-file.ts'
import type { ModelLibrary } from './model-library.ts'

/** The file, or DomainError `not-found`. */
export async function mustFind(library: ModelLibrary, ref: ModelFileRef): Promise<ModelFile> {
  const file = await library.find(ref)
  if (!file) throw modelFileNotFound(ref)
  return file
}

/** That a file is not on disk, with the contract's code. */
export function modelFileNotFound({ repo, filename, snapshot }: ModelFileRef): DomainError {
  const revision = snapshot ?? 'main'
  const message = `There is no file ${filename} of ${repo} at ${revision} on this machine`
  const details = { code: 'hub_file_not_found_error', repo, filename, snapshot: revision }
  return new DomainError('not-found', message, { details })
}
