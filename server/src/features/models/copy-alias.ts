import { allow } from '../identity/index.ts'
import { checkAliasName } from './check-alias.ts'
import { keepAlias, refuseDiscovered, type SaveContext } from './keep-alias.ts'
import { aliasNotFound } from './list-aliases.ts'
import type { ModelAlias } from './model-alias.ts'
import { placeOfFile } from './save-file-alias.ts'

/**
 * Gives what a name stands for another name too: an alias with all that it says, or a discovered
 * file, of which the copy is an alias like any other. Source: bodhi contract §4.4.
 * @throws DomainError `not-found` for the source, `conflict` for a new name that is taken, `invalid`.
 */
export async function copyAlias(
  ctx: SaveContext,
  source: string,
  newName: string,
): Promise<ModelAlias> {
  allow(ctx.caller, 'models:manage')
  checkAliasName(newName)
  await refuseDiscovered(ctx.library, newName)
  const discovered = await ctx.library.discovered()
  return keepAlias<ModelAlias>(ctx, {
    name: newName,
    isNew: true,
    make: (identity, { aliases }) => {
      const alias = aliases.find(({ name }) => name === source)
      if (alias) return { ...alias, ...identity }
      const file = discovered.get(source)
      if (!file) throw aliasNotFound(source)
      const nothing = { requestParams: {}, contextParams: {}, options: {} }
      return { ...identity, ...placeOfFile(file), ...nothing }
    },
  })
}
