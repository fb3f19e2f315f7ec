import type { AliasTarget, FileAlias, ModelAlias } from './model-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

/** Where an alias leads in the end, through whatever other aliases. */
export interface Leaf {
  readonly model: string
  /** Where `model` names a file. */
  readonly file?: FileAlias
  readonly firstByteMs?: number
  readonly defaults: RequestDefaults
  /** What the outermost router calls the way to it. */
  readonly said?: NonNullable<AliasTarget['said']>
}

/** How many aliases may stand in a row. Source: rulings §4. */
export const mostAliasesInARow = 4
/** What one call tries at most; the rest is left out. */
const mostLeaves = 64

/**
 * The models behind an alias in the order to be tried. Of defaults and time limits the outer
 * alias's count before the inner's. Switched-off targets are left out; `draw` gives the chance that
 * weighted choices take, from 0 up to 1.
 */
export function expandAlias(
  alias: ModelAlias,
  aliases: ReadonlyMap<string, ModelAlias>,
  draw: () => number,
): readonly Leaf[] {
  const seen = new Set<string>()
  const leaves = expand(alias, { aliases, draw, depth: 1 }).filter(({ model }) => {
    if (seen.has(model)) return false
    seen.add(model)
    return true
  })
  return leaves.slice(0, mostLeaves)
}

interface Walk {
  readonly aliases: ReadonlyMap<string, ModelAlias>
  readonly draw: () => number
  readonly depth: number
}

function expand(alias: ModelAlias, walk: Walk): readonly Leaf[] {
  const { requestParams } = alias
  if (alias.kind === 'file') return [{ model: alias.name, file: alias, defaults: requestParams }]
  const { options } = alias
  const usable = alias.targets.filter(({ isEnabled }) => isEnabled)
  const ordered = options.strategy === 'weighted' ? orderByChance(usable, walk.draw) : usable
  return ordered.flatMap(({ model, timeoutMs, said }) => {
    const inner = walk.aliases.get(model)
    const leaves = inner ? expandInner(inner, walk) : [{ model, defaults: {} }]
    return leaves.map((leaf) => ({
      ...leaf,
      ...(timeoutMs !== undefined && { firstByteMs: timeoutMs }),
      ...(said && { said }),
      defaults: { ...leaf.defaults, ...requestParams },
    }))
  })
}

/** NOTE: saving refuses longer rows; only what was written past it could go on for ever. */
function expandInner(alias: ModelAlias, { aliases, draw, depth }: Walk): readonly Leaf[] {
  if (depth >= mostAliasesInARow) return []
  return expand(alias, { aliases, draw, depth: depth + 1 })
}

/**
 * All targets, each place in the row given by weight among those that are left: the first is the
 * choice, the others follow should it fail.
 */
export function orderByChance<T extends Pick<AliasTarget, 'weight'>>(
  targets: readonly T[],
  draw: () => number,
): readonly T[] {
  const left = [...targets]
  const ordered: T[] = []
  while (left.length > 0) {
    const [chosen] = left.splice(chooseIndex(left, draw()), 1)
    if (chosen) ordered.push(chosen)
  }
  return ordered
}

function chooseIndex(targets: readonly Pick<AliasTarget, 'weight'>[], chance: number): number {
  const weights = targets.map(({ weight = 1 }) => weight)
  let rest = chance * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    if (rest < weight) return index
    rest -= weight
  }
  return targets.length - 1
}
