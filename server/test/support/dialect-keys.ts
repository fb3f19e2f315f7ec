import type { Dialect } from '../../src/features/traces/otlp/semantics/dialect.ts'

/**
 * Every attribute that a dialect's tables name; of messages with one attribute per leaf, some of
 * the leaves, with `N` for their place. For whoever checks or describes the tables.
 */
export function keysOf(dialect: Dialect): readonly string[] {
  return [...new Set(keysIn(dialect))]
}

const leaves = ['role', 'content', 'message.content', 'tool_calls.0.name'] as const

/** The tables hold a source wherever an object has a `key` or, of flat messages, a `prefix`. */
function keysIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { read, key, prefix } = node as { read?: unknown; key?: unknown; prefix?: unknown }
  const own = typeof key === 'string' ? [key] : []
  const flat = read === 'flat' ? leaves.map((leaf) => `${String(prefix)}.N.${leaf}`) : []
  return [...own, ...flat, ...Object.values(node).flatMap(keysIn)]
}
