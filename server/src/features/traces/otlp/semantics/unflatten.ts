import type { Attributes } from './dialect.ts'

/** Deeper than any dialect goes; what comes after stays one name, so that recursion is bounded. */
const maxDepth = 12

type Tree = Map<string, Tree | { readonly leaf: unknown }>

/**
 * The attributes below a prefix as the structure that they were flattened from: numbers become
 * places in a list, other names members of an object. Undefined when there are none.
 */
export function unflatten(attributes: Attributes, prefix: string): unknown {
  const tree: Tree = new Map()
  const head = `${prefix}.`
  for (const key in attributes) {
    if (key.startsWith(head)) plant(tree, segmentsOf(key.slice(head.length)), attributes[key])
  }
  return tree.size === 0 ? undefined : harvest(tree)
}

function segmentsOf(path: string): string[] {
  const segments = path.split('.', maxDepth + 1)
  if (segments.length <= maxDepth) return segments
  const first = segments.slice(0, maxDepth - 1)
  return [...first, path.slice(first.join('.').length + 1)]
}

function plant(tree: Tree, segments: readonly string[], value: unknown): void {
  let at = tree
  for (const segment of segments.slice(0, -1)) {
    const next = at.get(segment)
    if (next instanceof Map) at = next
    else {
      // A name that is both a value and a prefix keeps what is below it.
      const branch: Tree = new Map()
      at.set(segment, branch)
      at = branch
    }
  }
  const last = segments.at(-1) ?? ''
  if (!(at.get(last) instanceof Map)) at.set(last, { leaf: value })
}

function harvest(tree: Tree): unknown {
  const entries = [...tree].map(
    ([name, node]) => [name, node instanceof Map ? harvest(node) : node.leaf] as const,
  )
  const isList = entries.every(([name]) => /^\d{1,9}$/.test(name))
  if (!isList) return Object.fromEntries(entries)
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value)
}
