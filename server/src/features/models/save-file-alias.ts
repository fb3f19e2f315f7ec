import { allow } from '../identity/index.ts'
import { modelFileNotFound, type ModelFile } from '../model-files/index.ts'
import { checkAliasName, checkFileInput } from './check-alias.ts'
import { keepAlias, refuseDiscovered, type SaveContext } from './keep-alias.ts'
import type { FileAlias, FileAliasInput } from './model-alias.ts'

/**
 * Adds a name for a model file on this machine, with what is said to the model and how it is loaded.
 * The commit is kept that the file is of, whatever branch was given. Source: bodhi contract §1.9.
 * @throws DomainError `not-found` (details.code `hub_file_not_found_error`) without the file,
 * `invalid` for one that is no GGUF (`gguf_metadata_error-…`), a value out of its range or a parameter
 * that is none, `conflict` (`alias_exists_error`)
 * for a name that an alias or a discovered file has.
 */
export async function createFileAlias(ctx: SaveContext, input: FileAliasInput): Promise<FileAlias> {
  await checkFileAlias(ctx, input)
  return save(ctx, input, true)
}

/** Whether an alias says what it may, under a name that no file has. */
export async function checkFileAlias(
  ctx: Pick<SaveContext, 'caller' | 'library'>,
  input: Omit<FileAliasInput, 'repo' | 'filename' | 'snapshot'>,
): Promise<void> {
  allow(ctx.caller, 'models:manage')
  checkAliasName(input.alias)
  checkFileInput(input)
  await refuseDiscovered(ctx.library, input.alias)
}

/** Replaces all that an alias says. Throws DomainError as `createFileAlias`, and `not-found`. */
export async function updateFileAlias(ctx: SaveContext, input: FileAliasInput): Promise<FileAlias> {
  allow(ctx.caller, 'models:manage')
  checkFileInput(input)
  return save(ctx, input, false)
}

async function save(ctx: SaveContext, input: FileAliasInput, isNew: boolean): Promise<FileAlias> {
  const file = await mustFind(ctx, input)
  const { alias: name, requestParams, contextParams, options } = input
  return keepAlias(ctx, {
    name,
    isNew,
    make: (identity) => ({
      ...identity,
      ...placeOfFile(file),
      requestParams,
      contextParams,
      options,
    }),
  })
}

async function mustFind({ library }: SaveContext, input: FileAliasInput): Promise<ModelFile> {
  const { repo, filename, snapshot = null } = input
  const file = await library.find({ repo, filename, snapshot })
  if (!file) throw modelFileNotFound({ repo, filename, snapshot })
  // A name is given only to what can be read as a model.
  await library.metadataOf(file)
  return file
}

/** What an alias keeps of its file. */
export function placeOfFile({ repo, filename, snapshot }: ModelFile) {
  return { kind: 'file', repo, filename, snapshot } as const
}
