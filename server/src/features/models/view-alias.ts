import { mayUseModel } from '../identity/index.ts'
import { readableMetadata, qualifierOf, type DescribedFile } from '../model-files/index.ts'
import { discoveredModels } from './listed-local.ts'
import { findAliasFile, placedName } from './local-models.ts'
import type { FileAlias, RouterAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import type { DiscoveredView, FileAliasView, RouterView } from './model-view.ts'
import { toRouterTarget } from './router-targets.ts'

/** A name for a file that the caller has just read or saved, as the list of models shows it. */
export async function viewFileAlias(
  { library, caller }: Pick<ModelContext, 'library' | 'caller'>,
  alias: FileAlias,
): Promise<FileAliasView> {
  const file = await findAliasFile(library, alias)
  return {
    source: 'user',
    alias,
    file: file ?? null,
    metadata: file ? await readableMetadata(library, file) : null,
    mayUse: mayUseModel(caller, alias.name),
  }
}

/** The same of a name for other models. */
export async function viewRouter(ctx: ModelContext, alias: RouterAlias): Promise<RouterView> {
  const { providers, directory, caller } = ctx
  const snapshot = await directory.snapshot()
  const places = { providers, snapshot, discovered: await discoveredModels(ctx, snapshot) }
  return {
    source: 'model_router',
    alias,
    targets: alias.targets.map((target) => toRouterTarget(target, places)),
    mayUse: mayUseModel(caller, alias.name),
  }
}

/** A file under the name that it has by itself. */
export function viewDiscovered(
  { caller }: Pick<ModelContext, 'caller'>,
  { file, metadata }: DescribedFile,
): DiscoveredView {
  const name = `${file.repo}:${qualifierOf(file.filename)}`
  const mayUse = [name, placedName(name)].some((one) => mayUseModel(caller, one))
  return { source: 'model', name, file, metadata, mayUse }
}
