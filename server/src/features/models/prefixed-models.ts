import type { ModelSnapshot } from './model-directory.ts'

/** A model that is asked for by the prefix of its connection. */
export interface PrefixedModel {
  /** Name of the connection. */
  readonly connection: string
  /** As its provider names it. */
  readonly model: string
}

/**
 * The active connection whose prefix a name begins with, the longest prefix first. One that has a
 * list of models gets those alone, one that has none gets all. Source: bodhi contract B.2.
 */
export function findPrefixed(
  { prefixed }: Pick<ModelSnapshot, 'prefixed'>,
  name: string,
): PrefixedModel | undefined {
  for (const { name: connection, prefix, models, isActive } of prefixed) {
    if (!isActive || !name.startsWith(prefix)) continue
    const model = name.slice(prefix.length)
    if (model !== '' && (models === null || models.includes(model))) return { connection, model }
  }
  return undefined
}
