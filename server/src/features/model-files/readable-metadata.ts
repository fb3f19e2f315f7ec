import { DomainError } from '../../platform/domain-error.ts'
import type { ModelFile } from './model-file.ts'
import type { ModelLibrary } from './model-library.ts'
import type { ModelMetadata } from './model-metadata.ts'

/** What a file says of itself; null for one that cannot be read, which loading it would tell. */
export async function readableMetadata(
  library: ModelLibrary,
  file: ModelFile,
): Promise<ModelMetadata | null> {
  try {
    return await library.metadataOf(file)
  } catch (error) {
    if (error instanceof DomainError) return null
    throw error
  }
}
