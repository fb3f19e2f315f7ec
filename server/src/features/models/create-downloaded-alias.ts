import { allow } from '../identity/index.ts'
import type { Download, ModelFileRef } from '../model-files/index.ts'
import { selectAliases } from './alias-store.ts'
import { aliasExists, type SaveContext } from './keep-alias.ts'
import type { FileAlias } from './model-alias.ts'
import { readDefaults } from './read-defaults.ts'
import { checkFileAlias, createFileAlias } from './save-file-alias.ts'

type PlannedAlias = NonNullable<Download['alias']>

/**
 * Makes the alias that a download was asked for with, if any, of the file that came; a download that
 * is completed twice makes it once. Needs `models:manage`. Throws DomainError as `createFileAlias`.
 */
export async function createDownloadedAlias(
  ctx: SaveContext,
  { alias: planned }: Pick<Download, 'alias'>,
  { repo, filename, snapshot = null }: ModelFileRef,
): Promise<FileAlias | null> {
  allow(ctx.caller, 'models:manage')
  if (planned === null) return null
  const known = await findAlias(ctx, planned.alias)
  const isMade = known?.kind === 'file' && known.repo === repo && known.filename === filename
  if (isMade) return known
  return createFileAlias(ctx, { ...toInput(planned), repo, filename, snapshot })
}

/**
 * Whether such an alias could be made once its file is there. Needs `models:manage`. Throws
 * DomainError as `createFileAlias`, but for the file.
 */
export async function checkPlannedAlias(ctx: SaveContext, planned: PlannedAlias): Promise<void> {
  await checkFileAlias(ctx, toInput(planned))
  if (await findAlias(ctx, planned.alias)) throw aliasExists(planned.alias)
}

function toInput({ alias, requestParams, contextParams }: PlannedAlias) {
  return { alias, requestParams: readDefaults(requestParams), contextParams, options: {} }
}

async function findAlias({ db }: SaveContext, name: string) {
  const aliases = await db.read(selectAliases)
  return aliases.find((alias) => alias.name === name)
}
