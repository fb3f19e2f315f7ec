import { allow, type Uses } from '../identity/index.ts'
import { mustFind } from './must-find.ts'
import type { ModelFile, ModelFileRef } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'
import type { ModelFilePowers } from './powers.ts'

type RefreshContext = Uses<'caller'> & Pick<ModelFilePowers, 'library'>

/** A file and what it says of itself; null for one that cannot be read. */
export interface DescribedFile<M = ModelMetadata> {
  readonly file: ModelFile
  readonly metadata: M
}

/**
 * Reads anew what a file says of itself. Needs `models:manage`.
 * @throws DomainError `not-found`; `invalid` with a code `gguf_metadata_error-…` in its details.
 */
export async function refreshModelFile(
  { caller, library }: RefreshContext,
  ref: ModelFileRef,
): Promise<DescribedFile> {
  allow(caller, 'models:manage')
  library.forget()
  const file = await mustFind(library, ref)
  return { file, metadata: await library.metadataOf(file, { isFresh: true }) }
}

/** Begins to read all of them anew, and gives how many. Needs `models:manage`. */
export async function refreshModelFiles({ caller, library }: RefreshContext): Promise<number> {
  allow(caller, 'models:manage')
  return library.refresh()
}

/** Whether that is going on. Needs `models:manage`. */
export function isRefreshing({ caller, library }: RefreshContext): boolean {
  allow(caller, 'models:manage')
  return library.isRefreshing
}
