import { mostAliasesInARow } from './expand-alias.ts'
import type { AliasTarget } from './model-alias.ts'

interface Node {
  readonly name: string
  readonly targets: readonly Pick<AliasTarget, 'model'>[]
}

export interface AliasFault {
  readonly message: string
  /** Source: bodhi contract §7.6. */
  readonly code:
    | 'model_router_error-self_reference'
    | 'model_router_error-nested_router_not_allowed'
}

/**
 * What is wrong with how aliases lead to one another: one that leads back to itself, or more of them
 * in a row than `mostAliasesInARow`. Undefined when nothing is.
 */
export function faultOfAliases(aliases: readonly Node[]): AliasFault | undefined {
  const nodes = new Map(aliases.map((alias) => [alias.name, alias]))
  const rows = new Map<string, number>()
  for (const { name } of aliases) {
    const cycle = walk(name, { nodes, rows, trail: [] })
    if (cycle) return leadsBack(cycle)
  }
  const tooLong = aliases.find(({ name }) => (rows.get(name) ?? 0) > mostAliasesInARow)
  if (!tooLong) return undefined
  const message = `From ${tooLong.name} more than ${mostAliasesInARow} aliases stand in a row`
  return { message, code: 'model_router_error-nested_router_not_allowed' }
}

function leadsBack(cycle: readonly string[]): AliasFault {
  const message = `The alias leads back to itself: ${cycle.join(' → ')}`
  return { message, code: 'model_router_error-self_reference' }
}

interface Walk {
  readonly nodes: ReadonlyMap<string, Node>
  /** How many aliases stand in the longest row from each name; filled on the way. */
  readonly rows: Map<string, number>
  readonly trail: readonly string[]
}

/** The names of a cycle, if there is one below. */
function walk(name: string, { nodes, rows, trail }: Walk): readonly string[] | undefined {
  const node = nodes.get(name)
  if (!node || rows.has(name)) return undefined
  const start = trail.indexOf(name)
  if (start >= 0) return [...trail.slice(start), name]
  let longest = 0
  for (const { model } of node.targets) {
    const cycle = walk(model, { nodes, rows, trail: [...trail, name] })
    if (cycle) return cycle
    longest = Math.max(longest, rows.get(model) ?? 0)
  }
  rows.set(name, longest + 1)
  return undefined
}
