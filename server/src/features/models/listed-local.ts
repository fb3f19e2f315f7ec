import type { ModelFile } from '../model-files/index.ts'
import { lackOf } from './connection-facts.ts'
import { knownConnection } from './known-connections.ts'
import type { ListedModel } from './listed-model.ts'
import { placedName } from './local-models.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'

/** The files that can be asked for without an alias, by name; none while the engine is off. */
export async function discoveredModels(
  { library, providers }: Pick<ModelContext, 'library' | 'providers'>,
  { connections }: Pick<ModelSnapshot, 'connections'>,
): Promise<ReadonlyMap<string, ModelFile>> {
  const local = knownConnection('local', connections, providers)
  return local && lackOf(local.facts) === undefined ? library.discovered() : new Map()
}

/** One entry for a file, by whichever of its two names the caller may use. */
export function toListedFile(
  name: string,
  file: ModelFile,
  isGranted: (name: string) => boolean,
): ListedModel {
  const id = isGranted(name) ? name : placedName(name)
  const createdAt = Math.trunc(file.modifiedAt)
  return { id, createdAt, ownedBy: 'pharos', source: 'model', file }
}

export function toListedAlias(alias: ModelAlias, file: ModelFile | undefined): ListedModel {
  const { name, createdAt } = alias
  return {
    id: name,
    createdAt: Math.trunc(createdAt),
    ownedBy: 'pharos',
    source: 'user',
    ...(file && { file }),
  }
}
