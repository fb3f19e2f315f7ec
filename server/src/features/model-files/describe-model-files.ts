import { allow, type Uses } from '../identity/index.ts'
import type { ModelFile } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'
import type { ModelFilePowers } from './powers.ts'
import { readableMetadata } from './readable-metadata.ts'
import type { DescribedFile } from './refresh-model-files.ts'

/** What each of a page of files says of itself; null for one that cannot be read. Needs `models:read`. */
export async function describeModelFiles(
  { caller, library }: Uses<'caller'> & Pick<ModelFilePowers, 'library'>,
  files: readonly ModelFile[],
): Promise<readonly DescribedFile<ModelMetadata | null>[]> {
  allow(caller, 'models:read')
  return Promise.all(
    files.map(async (file) => ({
      file,
      metadata: await readableMetadata(library, file),
    })),
  )
}
