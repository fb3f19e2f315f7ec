import type { Dialect } from './dialect.ts'

/** What the first dialect says that says anything. */
export function firstOf<T>(
  dialects: readonly Dialect[],
  read: (dialect: Dialect) => T | undefined,
): T | undefined {
  for (const dialect of dialects) {
    const found = read(dialect)
    if (found !== undefined) return found
  }
  return undefined
}
