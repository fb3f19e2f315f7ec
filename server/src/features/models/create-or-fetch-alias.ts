import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject } from '../../platform/json.ts'
import { startDownload, type Download, type DownloadPowers } from '../model-files/index.ts'
import { checkPlannedAlias } from './create-downloaded-alias.ts'
import type { FileAlias, FileAliasInput } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { createFileAlias } from './save-file-alias.ts'

export type CreatedAlias =
  | { readonly alias: FileAlias }
  /** Its file is fetched first; the alias is made once that is there. */
  | { readonly download: Download }

/**
 * Adds a name for a file, and asks the hub for the file if it is not here; of such an alias
 * the `options` are not kept. Source: bodhi contract B.1.
 * @throws DomainError as `createFileAlias` and `startDownload`.
 */
export async function createOrFetchAlias(
  ctx: ModelWriteContext & DownloadPowers,
  input: FileAliasInput,
): Promise<CreatedAlias> {
  try {
    return { alias: await createFileAlias(ctx, input) }
  } catch (error) {
    if (!isMissingFile(error)) throw error
  }
  const { alias, repo, filename, snapshot, contextParams } = input
  const planned = { alias, requestParams: { ...input.requestParams }, contextParams }
  await checkPlannedAlias(ctx, planned)
  const { download } = await startDownload(ctx, {
    repo,
    filename,
    revision: snapshot ?? undefined,
    alias: planned,
  })
  return { download }
}

function isMissingFile(error: unknown): boolean {
  if (!(error instanceof DomainError) || !isJsonObject(error.details)) return false
  return error.details['code'] === 'hub_file_not_found_error'
}
